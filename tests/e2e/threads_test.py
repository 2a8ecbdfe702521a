#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The number of threads changes nothing, not even the last bit."""

import unittest

import numpy as np

import harness
from harness import make_tiny_model


class Threads(unittest.TestCase):
    def check_logits(self, name: str, kind: str) -> None:
        program = harness.compiled(harness.tiny_model(name, kind))
        vocab = make_tiny_model.MODELS[name].vocab
        tokens = harness.random_tokens(vocab, 130)
        for flags in ([], ["--batch", 1]):
            results = [harness.logits(program, tokens, 130, vocab, f"threads-{name}-{kind}",
                                      "--threads", n, *flags) for n in (1, 2, 3, 5)]
            for other in results[1:]:
                self.assertTrue(np.array_equal(results[0], other))

    def test_tiny_qwen2_f32(self) -> None:
        self.check_logits("tiny-qwen2", "F32")

    def test_tiny_qwen2_q4_0(self) -> None:
        self.check_logits("tiny-qwen2", "Q4_0")

    def test_tiny_qwen3_q8_0(self) -> None:
        self.check_logits("tiny-qwen3", "Q8_0")

    def test_blocks_of_tokens(self) -> None:
        # Steps of more than 128 tokens are divided into blocks, at which threads begin
        # in turn; smaller steps are one block.
        name, count = "tiny-qwen2", 602
        for kind in ("F32", "Q4_0"):
            program = harness.compiled(harness.tiny_model(name, kind))
            vocab = make_tiny_model.MODELS[name].vocab
            tokens = harness.random_tokens(vocab, count)
            results = [harness.logits(program, tokens, count, vocab, "threads-blocks", *flags)
                       for flags in (["--threads", 1, "--batch", 128], ["--threads", 1],
                                     ["--threads", 2], ["--threads", 3], ["--threads", 5])]
            for other in results[1:]:
                self.assertTrue(np.array_equal(results[0], other), kind)

    def test_more_threads_than_heads(self) -> None:
        # Beyond 512 positions they divide keys and values instead of heads.
        name, count = "tiny-qwen2", 700
        program = harness.compiled(harness.tiny_model(name, "Q8_0"))
        vocab = make_tiny_model.MODELS[name].vocab
        tokens = harness.random_tokens(vocab, count)
        few, many = (harness.logits(program, tokens, count, vocab, "threads-many", "--threads", n,
                                    "--batch", 1) for n in (1, 11))
        self.assertTrue(np.array_equal(few, many))

    def test_tiny_qwen2moe_q4_0(self) -> None:
        self.check_logits("tiny-qwen2moe", "Q4_0")

    def test_tiny_qwen3moe_f32(self) -> None:
        self.check_logits("tiny-qwen3moe", "F32")

    def test_greedy_text(self) -> None:
        program = harness.compiled(harness.tiny_model("tiny-llama", "Q4_0"))
        texts = {harness.run(*program, "run", "--raw", "-p", "the name of the river", "-n", 48,
                             "--temp", 0, "--ignore-eos", "--threads", n).stdout
                 for n in (1, 2, 4)}
        self.assertEqual(len(texts), 1)
        self.assertGreater(len(texts.pop()), 20)


if __name__ == "__main__":
    harness.main()
