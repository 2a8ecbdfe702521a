#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`qwenc --quantize` on tiny models: the encoders against the gguf package, the gain of
searched scales, the notes and errors."""

import json
import unittest
from pathlib import Path

import numpy as np

import harness
from harness import compare_logits, make_tiny_model, reference_logits

import block_formats  # harness knows where it lies
import gguf_file

try:
    from gguf import GGMLQuantizationType, quants
except ImportError:
    quants = None

MODEL = "tiny-qwen3"
CTX = 302


def compiled(model: Path, name: str, *flags) -> tuple[Path, str]:
    out = harness.WORK / "bin" / f"quantize-{name}"
    out.parent.mkdir(parents=True, exist_ok=True)
    done = harness.run(harness.QWENC, model, "-o", out, "--force", *flags)
    return out, done.stderr.decode()


def rewritten(source: Path, kind: str) -> Path:
    """The model with its matrices encoded by the gguf package."""
    file = gguf_file.GGUFReader(source)
    form = block_formats.BY_NAME[kind]

    def tensor(name: str, info: gguf_file.TensorInfo) -> gguf_file.NewTensor:
        if len(info.shape) == 1:
            return gguf_file.NewTensor(name, info.shape, info.type, lambda: file.raw(name))
        return gguf_file.NewTensor(
            name, info.shape, form,
            lambda: quants.quantize(file.decoded(name), GGMLQuantizationType[kind]))

    path = harness.WORK / "models" / f"gguf-py-{kind.lower()}.gguf"
    gguf_file.write_gguf(path, file.metadata, [tensor(n, t) for n, t in file.tensors.items()])
    return path


def in_groups(weights: np.ndarray, group: int, asymmetric: bool) -> np.ndarray:
    """What 4 bits and a half for so many columns leave of the weights (support/quant/W4.h), or
    8 bits and a half for a row."""
    x = weights.reshape(-1, group).astype(np.float32)
    if group == weights.shape[-1]:  # 8 bits
        scale = np.abs(x).max(1, keepdims=True) / np.float32(127)
        inverse = np.float32(1) / scale
        q = np.trunc(x * inverse + np.copysign(np.float32(0.5), x)).clip(-127, 127)
        return (scale.astype(np.float16).astype(np.float32) * q).reshape(weights.shape)
    if asymmetric:
        start = x.min(1, keepdims=True)
        scale = (x.max(1, keepdims=True) - start) / np.float32(15)
    else:
        scale = np.take_along_axis(x, np.abs(x).argmax(1)[:, None], 1) / np.float32(-8)
        start = np.float32(-8) * scale
    q = np.clip(((x - start) * (1 / scale) + np.float32(0.5)).astype(int), 0, 15)
    halves = [v.astype(np.float16).astype(np.float32) for v in (scale, start)]
    values = halves[0] * q + halves[1] if asymmetric else halves[0] * (q - 8)
    return values.astype(np.float32).reshape(weights.shape)


def with_groups(source: Path, word: str) -> Path:
    """The model with F32 matrices of the values that --quantize=w4gN[a] or w8 makes."""
    file = gguf_file.GGUFReader(source)
    length, asymmetric = word[3:].rstrip("a"), word.endswith("a")
    form = block_formats.BY_NAME["F32"]

    def values(name: str, info: gguf_file.TensorInfo) -> np.ndarray:
        group = int(length or info.shape[-1])
        if "ffn_gate_inp" in name or info.shape[-1] % group:
            return file.decoded(name).astype(np.float32)
        return in_groups(file.decoded(name), group, asymmetric)

    def tensor(name: str, info: gguf_file.TensorInfo) -> gguf_file.NewTensor:
        if len(info.shape) == 1:
            return gguf_file.NewTensor(name, info.shape, info.type, lambda: file.raw(name))
        return gguf_file.NewTensor(name, info.shape, form, lambda: values(name, info))

    path = harness.WORK / "models" / f"{source.stem}-{word}.gguf"
    gguf_file.write_gguf(path, file.metadata, [tensor(n, t) for n, t in file.tensors.items()])
    return path


def error_json(program: Path) -> dict:
    return {t["name"]: t for t in json.loads(program.read_text())["changed_tensors"]}


class Quantize(unittest.TestCase):
    def logits(self, program: Path, model: str = MODEL, *flags) -> np.ndarray:
        vocab = make_tiny_model.MODELS[model].vocab
        return harness.logits([str(program)], harness.random_tokens(vocab, CTX), CTX, vocab,
                              program.name, *flags)

    def test_encoders_are_those_of_the_gguf_package(self) -> None:
        if not quants:
            self.skipTest("the package gguf is not installed")
        source = harness.tiny_model(MODEL, "F32")
        for word, kind in (("w4g32", "Q4_0"), ("w4g32a", "Q4_1"), ("w8g32", "Q8_0"),
                           ("f16", "F16")):
            with self.subTest(kind=kind):
                ours, _ = compiled(source, word, f"--quantize={word}", "--quiet")
                theirs, _ = compiled(rewritten(source, kind), f"{word}-gguf", "--quiet")
                self.assertTrue(harness.weight_section(ours) == harness.weight_section(theirs))

    def test_threads_change_no_byte(self) -> None:
        source = harness.tiny_model(MODEL, "F32")
        flags = ["--quantize=w4g32a,output=w8g32", "--scales=fitted", "--quiet"]
        one, _ = compiled(source, "threads", *flags, "--threads=1")
        first = one.read_bytes()
        two, _ = compiled(source, "threads", *flags, "--threads=3")
        self.assertTrue(first == two.read_bytes())

    def test_the_executable_computes_with_what_it_says(self) -> None:
        source = harness.tiny_model(MODEL, "F32")
        report = harness.WORK / "quantize-report.json"
        program, notes = compiled(source, "mixed", "--quantize=w4g32,output=w8g32,*.attn_v=keep",
                                  f"--report={report}")
        facts = json.loads(harness.run(program, "info", "--json").stdout)
        layers = make_tiny_model.MODELS[MODEL].layers
        self.assertEqual(facts["formats"]["Q4_0"], 6 * layers + 1)
        self.assertEqual(facts["formats"]["Q8_0"], 1)
        self.assertEqual(facts["weight_flags"], "--quantize=w4g32,output=w8g32,*.attn_v=keep")
        self.assertIn("qwenc: note: weights encoded anew: ", notes)
        changed = error_json(report)
        self.assertEqual(len(changed), 6 * layers + 2)
        self.assertNotIn("blk.0.attn_v.weight", changed)
        # A normal distribution in 32 parts: absmax leaves about 8.6 % of it.
        self.assertAlmostEqual(changed["blk.1.ffn_up.weight"]["error"], 0.086, delta=0.003)
        self.assertAlmostEqual(changed["output.weight"]["error"], 0.0054, delta=0.0003)

    def test_a_profile_helps(self) -> None:
        source = harness.tiny_model(MODEL, "F32")
        text = harness.WORK / "calibration.txt"
        text.write_text("the quick brown fox jumps over the lazy dog " * 40)
        report = harness.WORK / "quantize-profile.json"
        results = {}
        for name, flags in {"absmax": ["--scales=absmax"], "fitted": []}.items():
            compiled(source, name, "--quantize=w4g32", f"--calibrate={text}", *flags,
                     f"--report={report}", "--quiet")
            results[name] = error_json(report)
        # The embedding is no matrix that something is multiplied with.
        self.assertIsNone(results["fitted"].pop("token_embd.weight")["weighted_error"])
        for tensor in results["fitted"]:
            absmax = results["absmax"][tensor]
            fitted = results["fitted"][tensor]
            self.assertLess(fitted["weighted_error"], absmax["weighted_error"], tensor)

    def test_accuracy(self) -> None:
        source = harness.tiny_model(MODEL, "F32")
        model = reference_logits.ReferenceModel(source, kv="f16")
        tokens = harness.random_tokens(make_tiny_model.MODELS[MODEL].vocab, CTX)
        expected = model.logits(tokens, slice(CTX // 2, CTX - 1))
        kl = {}
        for word in ("w4g32", "w4g32a", "w8g32", "f16"):
            program, _ = compiled(source, word, f"--quantize={word}", "--quiet")
            kl[word] = compare_logits.compare(expected, self.logits(program))["mean_kl"]
        print(f"KL to F32: {kl}", flush=True)
        self.assertLess(kl["f16"], 1e-4)
        self.assertLess(kl["w8g32"], 0.005)
        # Noise of 8.6 % in all weights of a random model; less with a minimum.
        self.assertLess(kl["w4g32a"], kl["w4g32"])

    def test_groups_of_no_file(self) -> None:
        """Against floats that are what the integers stand for. In the model with experts some
        rows are no whole groups and stay as they are, so that a matrix reads activations in
        longer groups than its own."""
        for name in ("tiny-qwen2", "tiny-qwen3moe"):
            source = harness.tiny_model(name, "F16")
            tokens = harness.random_tokens(make_tiny_model.MODELS[name].vocab, CTX)
            for word in ("w4g64", "w4g128", "w4g64a", "w4g128a", "w8"):
                program, _ = compiled(source, f"{name}-{word}", f"--quantize={word}", "--quiet")
                one = self.logits(program, name, "--threads", "1")
                self.assertTrue((one == self.logits(program, name, "--threads", "3")).all(), word)
                model = reference_logits.ReferenceModel(with_groups(source, word), kv="f16")
                expected = model.logits(tokens, slice(CTX // 2, CTX - 1))
                kl = compare_logits.compare(expected, one)["mean_kl"]
                print(f"{name} {word}: KL {kl:.2g}", flush=True)
                self.assertLess(kl, 0.005, f"{name} {word}")

    def test_what_is_small_stays(self) -> None:
        _, notes = compiled(harness.tiny_model(MODEL, "Q4_0"), "small", "--quantize=w8g32")
        self.assertIn("--quantize: 23 tensors keep their types, which have no more bits", notes)
        self.assertNotIn("encoded anew", notes)

    def test_the_router_of_experts_stays(self) -> None:
        source = harness.tiny_model("tiny-qwen3moe", "F32")
        report = harness.WORK / "quantize-router.json"
        for flags, changes in (("w8g32", False), ("w8g32,*.ffn_gate_inp=f16", True)):
            compiled(source, "router", f"--quantize={flags}", f"--report={report}", "--quiet")
            changed = error_json(report)
            self.assertEqual("blk.1.ffn_gate_inp.weight" in changed, changes)
            self.assertEqual(changed["blk.1.ffn_up_exps.weight"]["to"], "Q8_0")

    def test_errors(self) -> None:
        source = harness.tiny_model(MODEL, "F32")
        out = harness.WORK / "bin" / "quantize-none"
        for flag, status, message in (
                ("--quantize=w5g32", 2, "--quantize: 'w5g32' is not a format; the formats are "),
                ("--quantize=", 2, "--quantize: names no format"),
                ("--quantize=w4g32,*.attn_w=f16", 2, "--quantize: '*.attn_w' is the name of no "),
                ("--imatrix=/nowhere.dat", 2, "without --quantize"),
                ("--calibrate=/nowhere.txt", 2, "without --quantize"),
                ("--scales=fitted", 2, "without --quantize"),
                ("--quantize=w4g32 --calibrate=/nowhere.txt", 1, "/nowhere.txt: "),
                ("--quantize=w4g32 --imatrix=/nowhere.dat", 1, "/nowhere.dat: "),
                (f"--quantize=w4g32 --imatrix={source}", 1, "not 'imatrix'"),
                ("--quantize=w4g32 --imatrix=a --calibrate=b", 2, "one profile is enough")):
            with self.subTest(flag=flag):
                done = harness.run(harness.QWENC, source, "-o", out, *flag.split(), check=False)
                error = done.stderr.decode()
                self.assertEqual(done.returncode, status, error)
                self.assertIn(message, error)
                self.assertEqual(error.count("\n"), 1, error)
                self.assertTrue(error.startswith("qwenc: error: "), error)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    harness.main()
