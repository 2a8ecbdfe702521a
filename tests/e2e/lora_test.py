#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`qwenc --lora` on tiny models against numpy: adapters of both kinds, merged into floats
and into quantised weights."""

import json
import struct
import unittest
from pathlib import Path

import numpy as np

import harness
from harness import make_tiny_model

import block_formats  # harness knows where it lies
import gguf_file

RANK, ALPHA = 4, 12
# GGUF's name of a projection and the checkpoint's.
MODULES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
           "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
           "ffn_down": "mlp.down_proj"}


def halves(model: str, seed: int = 3, size: float = 0.05) -> dict[str, tuple]:
    """A and B of every projection by GGUF's name, rows in the checkpoint's order."""
    stream = np.random.RandomState(seed)
    out = {}
    for weight in make_tiny_model.weights(model):
        part = weight.name.split(".")[-2]
        if part in MODULES and weight.name.endswith(".weight"):
            rows, columns = weight.shape
            a = stream.standard_normal((RANK, columns)).astype(np.float32) * columns ** -0.5
            b = stream.standard_normal((rows, RANK)).astype(np.float32) * size
            out[weight.name] = (a, b)
    return out


def rows_of_file(model: str, name: str, rows: np.ndarray) -> np.ndarray:
    """From the checkpoint's order to the file's, which differs in Q and K of a llama."""
    s = make_tiny_model.MODELS[model]
    if s.arch != "llama" or not ("attn_q." in name or "attn_k." in name):
        return rows
    heads = s.heads if "attn_q." in name else s.kv_heads
    return make_tiny_model.pairs_from_halves(rows, heads)


def write_peft(folder: Path, model: str, pairs: dict, **config) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    header, data = {}, b""
    for name, (a, b) in pairs.items():
        _, layer, part, _ = name.split(".")
        for letter, values in (("A", a), ("B", b)):
            key = f"base_model.model.model.layers.{layer}.{MODULES[part]}.lora_{letter}.weight"
            header[key] = {"dtype": "F32", "shape": list(values.shape),
                           "data_offsets": [len(data), len(data) + values.nbytes]}
            data += values.astype("<f4").tobytes()
    text = json.dumps(header).encode()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "adapter_config.json").write_text(json.dumps(
        {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "bias": "none"} | config))
    return folder


def write_gguf_adapter(path: Path, model: str, pairs: dict) -> Path:
    form = block_formats.BY_NAME["F32"]
    tensors = []
    for name, (a, b) in pairs.items():
        for suffix, values in (("lora_a", a), ("lora_b", rows_of_file(model, name, b))):
            tensors.append(gguf_file.NewTensor(f"{name}.{suffix}", values.shape, form,
                                               lambda v=values: form.encode(v)))
    gguf_file.write_gguf(path, {"general.architecture": make_tiny_model.MODELS[model].arch,
                                "general.type": "adapter", "adapter.type": "lora",
                                "adapter.lora.alpha": float(ALPHA)}, tensors)
    return path


def merged_by_numpy(model: str, kind: str, pairs: dict, scale: float, label: str) -> Path:
    """The model file with the updates added in fp64 and encoded anew."""
    file = gguf_file.GGUFReader(harness.tiny_model(model, kind))

    def tensor(name: str, info: gguf_file.TensorInfo) -> gguf_file.NewTensor:
        def make() -> np.ndarray:
            if name not in pairs:
                return file.raw(name)
            a, b = (m.astype(np.float64) for m in pairs[name])
            wanted = file.decoded(name) + rows_of_file(model, name, scale * (b @ a))
            return info.type.encode(wanted.astype(np.float32))
        return gguf_file.NewTensor(name, info.shape, info.type, make)

    path = harness.WORK / "models" / f"merged-{label}.gguf"
    gguf_file.write_gguf(path, file.metadata, [tensor(n, t) for n, t in file.tensors.items()])
    return path


class Lora(unittest.TestCase):
    def setUp(self) -> None:
        self.work = harness.WORK / "lora"
        self.work.mkdir(parents=True, exist_ok=True)

    def compile(self, model: Path, label: str, *flags) -> tuple[Path, str]:
        out = self.work / label
        done = harness.run(harness.QWENC, model, "-o", out, "--force", "--quiet", *flags)
        return out, done.stderr.decode()

    def differing(self, one: Path, other: Path) -> float:
        """Share of the bytes of packed weights that are not the same."""
        a, b = (np.frombuffer(harness.weight_section(p), np.uint8) for p in (one, other))
        self.assertEqual(a.size, b.size)
        return float((a != b).mean())

    def test_both_kinds_in_float(self) -> None:
        plain = ALPHA / RANK
        for model in make_tiny_model.TINY:
            pairs = halves(model)
            peft = write_peft(self.work / f"{model}-peft", model, pairs)
            gguf = write_gguf_adapter(self.work / f"{model}.gguf", model, pairs)
            cases = [(plain, [peft, gguf])]
            if model == "tiny-qwen2":
                stable = write_peft(self.work / "rs-peft", model, pairs, use_rslora=True)
                cases += [(-0.25 * plain, [f"{gguf}:-0.25"]), (ALPHA / RANK ** 0.5, [stable])]
            for scale, flags in cases:
                theirs, _ = self.compile(merged_by_numpy(model, "F32", pairs, scale, "float"),
                                         "theirs")
                expected = np.frombuffer(harness.weight_section(theirs), "<f4")
                for flag in flags:
                    with self.subTest(model=model, lora=Path(str(flag)).name):
                        ours, _ = self.compile(harness.tiny_model(model, "F32"), "ours",
                                               f"--lora={flag}")
                        got = np.frombuffer(harness.weight_section(ours), "<f4")
                        # fp32 sums of four products beside fp64's.
                        self.assertLessEqual(np.abs(got - expected).max(), 1e-6)

    def test_quantised_weights(self) -> None:
        # With absmax's scales the result is the file that numpy makes, but for values
        # between two steps that fp32 and fp64 round apart.
        model = "tiny-qwen2"
        pairs = halves(model)
        peft = write_peft(self.work / "quantised-peft", model, pairs)
        for kind in ("Q4_0", "Q4_1", "Q8_0", "Q6_K", "F16", "BF16"):
            with self.subTest(kind=kind):
                theirs, _ = self.compile(
                    merged_by_numpy(model, kind, pairs, ALPHA / RANK, "quantised"), "theirs")
                ours, _ = self.compile(harness.tiny_model(model, kind), "ours", f"--lora={peft}",
                                       "--scales=absmax")
                share = self.differing(theirs, ours)
                print(f"{kind}: {share:.2e} of the bytes differ", flush=True)
                self.assertLessEqual(share, 1e-4)
                if kind == "Q4_0":
                    plain, _ = self.compile(harness.tiny_model(model, kind), "plain")
                    self.assertGreater(self.differing(plain, ours), 0.1)

    def test_the_report_and_the_manifest(self) -> None:
        model = "tiny-qwen2"
        peft = write_peft(self.work / "report-peft", model, halves(model))
        report = self.work / "report.json"
        program, notes = self.compile(harness.tiny_model(model, "Q4_0"), "reported",
                                      f"--lora={peft}:0.5", f"--report={report}")
        self.assertEqual(notes, "")
        changed = json.loads(report.read_text())["changed_tensors"]
        self.assertEqual(len(changed), 7 * make_tiny_model.MODELS[model].layers)
        for tensor in changed:
            self.assertEqual((tensor["from"], tensor["to"]), ("Q4_0", "Q4_0"))
            self.assertLess(tensor["error"], 0.09)
            self.assertGreater(tensor["update_kept"], 0.8)
        flags = json.loads(harness.run(program, "info", "--json").stdout)["weight_flags"]
        self.assertRegex(flags, r"^--lora=sha256:[0-9a-f]{12}\+[0-9a-f]{12}:0\.5")
        self.assertNotIn(str(self.work), flags)

    def test_a_warning_where_the_update_vanishes(self) -> None:
        model = "tiny-qwen2"
        peft = write_peft(self.work / "small-peft", model, halves(model, size=0.001))
        _, notes = self.compile(harness.tiny_model(model, "Q4_0"), "small", f"--lora={peft}")
        self.assertRegex(notes, r"^qwenc: warning: --lora: the update of 21 tensors vanishes, being "
                                r"below half a quantisation step; \d+ % of it is left in blk")
        _, notes = self.compile(harness.tiny_model(model, "F16"), "small", f"--lora={peft}")
        self.assertEqual(notes, "")

    def test_merged_and_requantised(self) -> None:
        model = "tiny-qwen2"
        pairs = halves(model)
        peft = write_peft(self.work / "both-peft", model, pairs)
        merged = merged_by_numpy(model, "F32", pairs, ALPHA / RANK, "both")
        theirs, _ = self.compile(merged, "theirs", "--quantize=w8g32")
        ours, _ = self.compile(harness.tiny_model(model, "F32"), "ours", f"--lora={peft}",
                               "--quantize=w8g32")
        self.assertLessEqual(self.differing(theirs, ours), 1e-4)

    def test_errors(self) -> None:
        model = harness.tiny_model("tiny-qwen2", "Q4_0")
        folder = write_peft(self.work / "dora-peft", "tiny-qwen2", halves("tiny-qwen2"),
                            use_dora=True)
        (self.work / "cut").mkdir(exist_ok=True)
        raw = (folder / "adapter_model.safetensors").read_bytes()
        (self.work / "cut" / "adapter_model.safetensors").write_bytes(raw[:-5])
        (self.work / "cut" / "adapter_config.json").write_text(
            '{"peft_type":"LORA","r":4,"lora_alpha":8}')
        out = self.work / "none"
        for lora, message in (
                (self.work / "nowhere.gguf", "nowhere.gguf: cannot open"),
                (model, "general.type"),
                (folder, "adapter_config.json: 'use_dora' is set"),
                (self.work / "cut", "adapter_model.safetensors: tensor 'base_model"),
                (write_gguf_adapter(self.work / "llama.gguf", "tiny-llama", halves("tiny-llama")),
                 "the adapter is for 'llama', the model is qwen2")):
            with self.subTest(lora=Path(lora).name):
                done = harness.run(harness.QWENC, model, "-o", out, f"--lora={lora}", check=False)
                error = done.stderr.decode()
                self.assertEqual(done.returncode, 1, error)
                self.assertTrue(error.startswith("qwenc: error: "), error)
                self.assertIn(message, error)
                self.assertEqual(error.count("\n"), 1, error)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    harness.main()
