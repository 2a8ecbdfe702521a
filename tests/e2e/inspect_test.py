#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The flags that look inside and check: --explain, --timing, --verify-ir-semantics,
--verify with its limits, and what an executable says of how it was made."""

import json
import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

import harness

# Words of the tiny models' vocabulary, or bytes where they have none.
TEXT = "the quick brown fox jumps over the lazy dog. " * 12


def manifest(program: Path) -> dict:
    """What the executable says of how it was made."""
    return json.loads(harness.run(program, "info", "--json").stdout)


class Inspect(unittest.TestCase):
    def setUp(self) -> None:
        harness.WORK.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=harness.WORK))
        self.addCleanup(shutil.rmtree, self.folder)
        self.model = harness.tiny_model("tiny-qwen2", "Q4_0")

    def qwenc(self, *arguments, check: bool = True):
        done = harness.run(harness.QWENC, *arguments, cwd=self.folder, check=check)
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        return done

    def test_explain(self) -> None:
        text = self.qwenc(self.model, "--mcpu=cortex-a76", "--explain=blk.1.ffn_down.weight").out
        for line in (r"^tensor +blk.1.ffn_down.weight$",
                     r"^file +Q4_0, 256 x 512, 73728 bytes at \d+$",
                     r"^graph +%\S+ = qwen.matmul ",
                     r"^fused +%ffn_residual = qwen.linear %\S+, %ffn_down.weight residual",
                     r"^scheduled prefill +%ffn_residual = qwen.linear .*6x8x4m_neon_dotprod_acc",
                     r"^scheduled decode +%ffn_residual = qwen.linear .*1x[0-9]+x4_neon_dotprod_acc",
                     r"^packed +panels32, 73728 bytes at \d+ of the weight section$",
                     r"^code +qwen_matmul_f32_q8g32_q4_0_6x8x4m_neon_dotprod_accumulate: prefill "
                     r".* a tile of 6 tokens x 8 rows.*; \d\d+ instructions$"):
            self.assertRegex(text, "(?m)" + line)
        self.assertEqual(os.listdir(self.folder), [])
        norm = self.qwenc(self.model, "--explain=blk.0.attn_norm.weight").out
        self.assertRegex(norm, r"(?m)^packed +vector, 1024 bytes")
        self.assertRegex(norm, r"(?m)^code +qwen_norm_quantize_\w+: .*; \d\d+ instructions$")
        wrong = self.qwenc(self.model, "--explain=blk.1.ffn_dwn.weight", check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("the nearest names are 'blk.1.ffn_down.weight', ", wrong.err)

    def test_timing(self) -> None:
        said = self.qwenc(self.model, "-o", "out", "--timing").err
        for name in ("Reading", "FuseRMSNorm", "PlanArena", "Code", "Linking", "Packing weights"):
            self.assertIn(name, said)

    def test_semantics_of_every_pass(self) -> None:
        for name, kind in (("tiny-qwen2", "Q4_0"), ("tiny-qwen3", "Q8_0"), ("tiny-llama", "F16")):
            with self.subTest(model=name):
                self.qwenc(harness.tiny_model(name, kind), "--emit=mlir", "-o", "out.mlir",
                           "--verify-ir-semantics", "--force")

    def test_semantics_of_a_wrong_edit(self) -> None:
        self.qwenc(self.model, "--emit=mlir:fused", "-o", "fused.mlir")
        text = (self.folder / "fused.mlir").read_text()
        for wrong in (text.replace("halves head_dim", "pairs head_dim"),
                      text.replace("%ffn_gate.weight, %ffn_up.weight",
                                   "%ffn_up.weight, %ffn_gate.weight")):
            self.assertNotEqual(text, wrong)
            (self.folder / "wrong.mlir").write_text(wrong)
            done = self.qwenc("--compile-from=wrong.mlir", "-o", "out", "--verify-ir-semantics",
                              check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("qwenc: error: --verify-ir-semantics: the dump: changed what the model "
                          "means: a logit differs by", done.err)
            self.assertFalse((self.folder / "out").exists())
        self.qwenc("--compile-from=fused.mlir", "-o", "out", "--verify-ir-semantics")

    def verify(self, *flags, model=None, check: bool = True):
        (self.folder / "text").write_text(TEXT)
        return self.qwenc(model or self.model, "-o", "out", "--verify=text", *flags, check=check)

    def test_accuracy_gate(self) -> None:
        text = self.verify("--max-kl=0.005", "--min-top1=0.9").out
        print(text, flush=True)
        for line in (r"^verify +text: \d+ x \d+ tokens, \d+ positions$", r"^mean KL +0\.00\d+ nats",
                     r"^top-1 +\d+\.\d+ % the same$",
                     r"^perplexity +\d+\.\d+ compiled, \d+\.\d+ reference$",
                     r"^layers .*: [012] \(\d\.\de-\d+\), "):
            self.assertRegex(text, "(?m)" + line)
        harness.run(self.folder / "out", "info")

    def test_accuracy_gate_refuses(self) -> None:
        # deep-qwen2 has the vocabulary of tiny-qwen2 and other weights: no limit short
        # of 0 lets its answers pass for the same.
        other = "--verify-against=" + str(harness.tiny_model("deep-qwen2", "Q4_0"))
        for flags in (["--max-kl=0"], ["--min-top1=1", other]):
            done = self.verify(*flags, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.err, rf"\Aqwenc: error: --verify: [^\n]*{flags[0]}; "
                                       r"nothing was written\n\Z")
            self.assertEqual(os.listdir(self.folder), ["text"])
        usage = self.qwenc(self.model, "-o", "out", "--max-kl=1", check=False)
        self.assertEqual(usage.returncode, 2)

    def test_accuracy_against_another_file(self) -> None:
        own = self.verify().out
        other = self.verify("--verify-against=" + str(harness.tiny_model("tiny-qwen2", "F32"))).out
        kl = [float(text.split("mean KL")[1].split()[0]) for text in (own, other)]
        print("KL to own weights and to fp32:", kl, flush=True)
        self.assertGreater(kl[1], kl[0])

    def test_accuracy_under_qemu(self) -> None:
        if not shutil.which("qemu-aarch64"):
            self.skipTest("qemu-aarch64 is not installed")
        self.verify("--mcpu=neoverse-n2", "--max-kl=0.005")

    def test_manifest(self) -> None:
        self.qwenc(self.model, "-o", "out", "--mcpu=x86-64-v3", "--kv-type=q8")
        facts = manifest(self.folder / "out")
        self.assertEqual(facts["flags"], "--mcpu=x86-64-v3 --kv-type=q8")
        self.assertRegex(facts["llvm"], r"^\d+\.\d+")
        self.assertRegex(facts["halide"], r"^\d+\.\d+")
        self.assertRegex(facts["schedule_sha256"], "^[0-9a-f]{64}$")
        self.qwenc(self.model, "--emit=mlir", "-o", "m.mlir", "--mcpu=x86-64-v3", "--kv-type=q8")
        text = (self.folder / "m.mlir").read_text()
        (self.folder / "m.mlir").write_text(text.replace("_4x16x4_avx2", "_2x16x4_avx2"))
        self.qwenc("--compile-from=m.mlir", "-o", "edited")
        edited = manifest(self.folder / "edited")
        self.assertEqual(edited["flags"], facts["flags"])
        self.assertNotEqual(edited["schedule_sha256"], facts["schedule_sha256"])

    def test_manifest_of_several_cpus(self) -> None:
        cpus = ["alderlake", "x86-64-v3"]  # in the order of the executable
        flag = "--mcpu=" + ",".join(reversed(cpus))
        self.qwenc(self.model, "-o", "out", flag)
        facts = manifest(self.folder / "out")
        self.assertEqual(facts["flags"], "--mcpu=" + ",".join(cpus))
        self.qwenc(self.model, "--emit=mlir", "-o", "m.mlir", flag)
        dumps = [f"m.{cpu}.mlir" for cpu in cpus]
        again = "--compile-from=" + ",".join(dumps)
        self.qwenc(again, "-o", "same")
        self.assertEqual(manifest(self.folder / "same"), facts)
        hashes = {facts["schedule_sha256"]}
        for dump in dumps:  # the last one's edits show too
            text = (self.folder / dump).read_text()
            edited = re.sub(r"_[46]x16x4_av", "_2x16x4_av", text)
            self.assertNotEqual(text, edited)
            (self.folder / dump).write_text(edited)
            self.qwenc(again, "-o", "edited", "--force")
            (self.folder / dump).write_text(text)
            hashes.add(manifest(self.folder / "edited")["schedule_sha256"])
        self.assertEqual(len(hashes), 3)

    def test_same_bytes_for_any_threads_and_folder(self) -> None:
        deep = self.folder / "some" / "where"
        deep.mkdir(parents=True)
        self.qwenc(self.model, "-o", "one", "--threads=1")
        harness.run(harness.QWENC, os.path.relpath(self.model, deep), "-o", "../three",
                    "--threads=3", "--quiet", cwd=deep, env={**os.environ, "TMPDIR": str(deep)})
        self.assertEqual((self.folder / "one").read_bytes(),
                         (self.folder / "some" / "three").read_bytes())


if __name__ == "__main__":
    harness.main()
