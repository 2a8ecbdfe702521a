#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model in several files is the model of one file, whichever part is named."""

import hashlib
import json
import shutil
import tempfile
import unittest
from pathlib import Path

import numpy as np

import harness
from harness import make_tiny_model

NAME = "tiny-qwen2"
PARTS = 3


class Split(unittest.TestCase):
    def setUp(self) -> None:
        harness.WORK.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=harness.WORK))
        self.addCleanup(shutil.rmtree, self.folder)
        self.parts = make_tiny_model.write_parts(NAME, "Q4_0", self.folder, PARTS)

    def rewrite(self, part: int, keys: dict, kept=lambda name: True) -> None:
        """Part `part` with other metadata and fewer tensors."""
        all_tensors = make_tiny_model.new_tensors(NAME, "Q4_0")
        mine = set(make_tiny_model.gguf_file.GGUFReader(self.parts[part]).tensors)
        old = make_tiny_model.gguf_file.GGUFReader(self.parts[part]).metadata
        make_tiny_model.gguf_file.write_gguf(
            self.parts[part], old | keys,
            [t for t in all_tensors if t.name in mine and kept(t.name)])

    def fails(self, named: int, blamed: Path, message: str) -> None:
        done = harness.run(harness.QWENC, self.parts[named], "-o", self.folder / "out", check=False)
        text = done.stderr.decode()
        self.assertEqual(done.returncode, 1, text)
        self.assertEqual(len(text.splitlines()), 1, text)
        self.assertTrue(text.startswith(f"qwenc: error: {blamed}: "), text)
        self.assertIn(message, text)
        self.assertFalse((self.folder / "out").exists())

    def test_same_model_as_one_file(self) -> None:
        vocab = make_tiny_model.MODELS[NAME].vocab
        tokens = harness.random_tokens(vocab, 64)
        whole = harness.compiled(harness.tiny_model(NAME, "Q4_0"))
        expected = harness.logits(whole, tokens, 64, vocab, "split-whole")
        digest = hashlib.sha256(b"".join(p.read_bytes() for p in self.parts)).hexdigest()
        outputs = []
        for named in range(PARTS):
            out = self.folder / f"out{named}"
            harness.run(harness.QWENC, self.parts[named], "-o", out, "--quiet")
            outputs.append(out.read_bytes())
            got = harness.logits([str(out)], tokens, 64, vocab, "split-parts")
            self.assertTrue(np.array_equal(expected, got))
            info = json.loads(harness.run(out, "info", "--json").stdout)
            self.assertIn(digest, json.dumps(info))
        self.assertEqual(len(set(outputs)), 1)

    def test_the_ir_names_the_part(self) -> None:
        text = harness.run(harness.QWENC, self.parts[0], "--emit=mlir:graph", "-o", "-").stdout
        self.assertRegex(text.decode(), r"qwen.tensor @output_norm.weight at \d+ in 2 : ")

    def test_missing_part(self) -> None:
        self.parts[1].unlink()
        self.fails(0, self.parts[1], "No such file")

    def test_renamed_part(self) -> None:
        self.parts[0].rename(self.folder / "model.gguf")
        self.parts[0] = self.folder / "model.gguf"
        self.fails(0, self.parts[0], "-00001-of-00003.gguf")

    def test_part_in_the_place_of_another(self) -> None:
        shutil.copy(self.parts[1], self.parts[2])
        self.fails(0, self.parts[2], "split.no")

    def test_part_of_another_split(self) -> None:
        self.rewrite(1, {"split.count": 4})
        self.fails(2, self.parts[1], "split.count")

    def test_number_beyond_the_count(self) -> None:
        self.rewrite(1, {"split.no": 3})
        self.fails(1, self.parts[1], "split.no")

    def test_fewer_tensors_than_announced(self) -> None:
        self.rewrite(1, {}, lambda name: not name.endswith("attn_q.bias"))
        self.fails(0, self.parts[0], "split.tensors.count")

    def test_tensor_in_two_parts(self) -> None:
        shutil.copy(self.parts[1], self.parts[2])
        self.rewrite(2, {"split.no": 2})
        count = len(make_tiny_model.gguf_file.GGUFReader(self.parts[0]).tensors)
        count += 2 * len(make_tiny_model.gguf_file.GGUFReader(self.parts[1]).tensors)
        for part in range(PARTS):
            self.rewrite(part, {"split.tensors.count": count})
        self.fails(0, self.parts[2], "another part")

    def test_metadata_that_only_a_later_part_has(self) -> None:
        self.rewrite(2, {"qwen2.attention.sliding_window": 64})
        self.fails(0, self.parts[2], "sliding_window")

    def test_truncated_part(self) -> None:
        self.parts[2].write_bytes(self.parts[2].read_bytes()[:-64])
        self.fails(0, self.parts[2], "beyond the end")


if __name__ == "__main__":
    harness.main()
