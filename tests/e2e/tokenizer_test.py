#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A long text through the tokenizers of two real vocabularies, exact to the token.

The digests are of llama.cpp's tokens (no BOS, specials not parsed) of the first
599149 bytes of the raw WikiText-2 test set.
"""

import hashlib
import unittest

import harness

TEXT = harness.SHARED / "data" / "wiki.test.raw"
SMOLLM2 = (143347, "caddf1547c45d82232830fd022ba80b9f6180eebed9c39518f22c8fc19bcb6dd")
QWEN2 = (140884, "f59b2cb986e28a4c3f011146115f3838ed7cdfa2e856ac768f45fb574dccf43d")


class Tokenizer(unittest.TestCase):
    def check(self, program: list[str], expected: tuple[int, str]) -> None:
        tokens = harness.run(*program, "tokenize", "-f", TEXT).stdout.decode().split()
        self.assertEqual(len(tokens), expected[0])
        digest = hashlib.sha256(" ".join(tokens).encode()).hexdigest()
        self.assertEqual(digest, expected[1])

    def setUp(self) -> None:
        if not TEXT.exists():
            self.skipTest(f"{TEXT} is not here")

    def test_smollm2(self) -> None:
        program = harness.compiled(harness.smollm2())
        self.check(program, SMOLLM2)
        stored = " ".join(map(str, harness.wikitext_tokens()))
        whole = harness.run(*program, "tokenize", "-f", TEXT).stdout.decode()
        self.assertTrue(whole.startswith(stored))

    def test_qwen2(self) -> None:
        if not (harness.SHARED / "models" / "ggml-vocab-qwen2.gguf").exists():
            self.skipTest("the Qwen2 vocabulary is not here")
        self.check(harness.compiled(harness.tiny_model("qwen2.5-0.5b", "Q4_0")), QWEN2)


if __name__ == "__main__":
    harness.main()
