#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--compile-from: the same executable from a dump as from the model, and what a
person changes in a dump is in the executable, which says the same words."""

import re
import shutil
import tempfile
import unittest
from pathlib import Path

import harness

KERNEL = re.compile(r"(qwen_matmul_\w+?_)(\d+)(x\d+x\d+\w*?_\w+)")
PROMPT = ("run", "--raw", "-p", "the quick brown fox", "-n", 24, "--temp", 0)


def other_tile(name: str) -> str:
    """A prefill kernel of 2 tokens, or 4; decode kernels (1) stay."""
    stem, tokens, rest = KERNEL.fullmatch(name).groups()
    return name if tokens == "1" else f"{stem}{4 if tokens == '2' else 2}{rest}"


class CompileFrom(unittest.TestCase):
    def setUp(self) -> None:
        harness.WORK.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=harness.WORK))
        self.addCleanup(shutil.rmtree, self.folder)

    def qwenc(self, *arguments) -> None:
        harness.run(harness.QWENC, *arguments, "--quiet", cwd=self.folder)

    def test_unedited_dumps(self) -> None:
        for name, kind in (("tiny-qwen3", "Q4_0"), ("tiny-llama", "Q6_K"), ("deep-qwen2", "F16")):
            model = harness.tiny_model(name, kind)
            direct = self.folder / f"{name}-direct"
            self.qwenc(model, "-o", direct)
            for level in ("graph", "fused", "scheduled"):
                with self.subTest(model=name, level=level):
                    self.qwenc(model, f"--emit=mlir:{level}", "-o", "dump.mlir")
                    self.qwenc("--compile-from=dump.mlir", "-o", "again")
                    self.assertEqual(direct.read_bytes(), (self.folder / "again").read_bytes())

    def test_edited_tile(self) -> None:
        model = harness.tiny_model("tiny-qwen2", "Q4_0")
        self.qwenc(model, "--emit=mlir", "-o", "dump.mlir")
        text = (self.folder / "dump.mlir").read_text()
        edited = KERNEL.sub(lambda match: other_tile(match[0]), text)
        self.assertNotEqual(text, edited)
        (self.folder / "edited.mlir").write_text(edited)
        before = {match[0] for match in KERNEL.finditer(text)}
        after = {match[0] for match in KERNEL.finditer(edited)}
        self.qwenc("--compile-from=edited.mlir", "--emit=asm", "-o", "edited.s")
        symbols = set(re.findall(r"^(qwen_matmul_\w+):", (self.folder / "edited.s").read_text(),
                                 re.MULTILINE))
        batches = {symbol for symbol in symbols if symbol.endswith("_batch")}
        self.assertEqual(symbols - batches, after)
        self.assertTrue(after - before)

        self.qwenc("--compile-from=edited.mlir", "-o", "edited")
        direct = harness.compiled(model)
        self.assertNotEqual(Path(direct[0]).read_bytes(), (self.folder / "edited").read_bytes())
        self.assertEqual(harness.run(*direct, *PROMPT).stdout,
                         harness.run(self.folder / "edited", *PROMPT).stdout)

    def test_edited_kv_format(self) -> None:
        model = harness.tiny_model("tiny-qwen2", "Q4_0")
        self.qwenc(model, "--emit=mlir:graph", "-o", "dump.mlir")
        text = (self.folder / "dump.mlir").read_text()
        (self.folder / "dump.mlir").write_text(text.replace("<2x64>", "<2x64, q8>"))
        self.qwenc("--compile-from=dump.mlir", "-o", "edited")
        self.qwenc(model, "--kv-type=q8", "-o", "direct")
        info = harness.run(self.folder / "edited", "info").stdout
        self.assertIn(b"cache (q8)", info)
        self.assertEqual(harness.run(self.folder / "direct", *PROMPT).stdout,
                         harness.run(self.folder / "edited", *PROMPT).stdout)


if __name__ == "__main__":
    harness.main()
