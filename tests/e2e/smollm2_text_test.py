#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Greedy text of a real model: the same for any number of threads, the same whether
the file calls itself llama or qwen2, and on every CPU of tokens that fp32 arithmetic
finds the best or as good as it.
"""

import functools
import math
import unittest

import harness
from harness import reference_logits
from smollm2_accuracy_test import KL_BAR

# How far below the best a greedy token may lie in the logits of fp32 arithmetic.
# Errors of int8 activations have the variance 2 KL in a logit (KL of a softmax is half
# the variance of what was added to its logits), so twice that in the difference of
# two; four standard deviations of it are 0.47. Seen in 355 tokens: at most 0.31.
REGRET_BAR = 4 * math.sqrt(2 * 2 * KL_BAR)

PROMPTS = [
    "The sun rises in the", "My favourite colour is blue because", "for i in range(10):",
    "The first president of the United States was", "Ice is the solid form of",
    "A recipe for pancakes needs", "The Great Wall of China was built",
    "If x + 3 = 7, then x =", "Dogs are often called", "In computer science, a stack is",
]


def greedy(program: list[str], prompt: str, count: int, *flags) -> str:
    return harness.run(*program, "run", "--raw", "--temp", 0, "-n", count, "-p", prompt,
                       *flags).stdout.decode()


@functools.cache
def reference() -> reference_logits.ReferenceModel:
    return reference_logits.ReferenceModel(harness.smollm2(), kv="f16")


class SmolLM2Text(unittest.TestCase):
    def test_threads(self) -> None:
        program = harness.compiled(harness.smollm2())
        for prompt in PROMPTS[:4]:
            one, two = (greedy(program, prompt, 32, "--threads", n) for n in (1, 2))
            self.assertEqual(one, two)

    def test_llama_and_qwen2(self) -> None:
        as_llama, as_qwen2 = (harness.compiled(harness.smollm2_variant(arch, "F32"))
                              for arch in ("llama", "qwen2"))
        for prompt in PROMPTS:
            with self.subTest(prompt=prompt):
                self.assertEqual(*(greedy(program, prompt, 64)
                                   for program in (as_llama, as_qwen2)))

    def check_best_tokens(self, cpu: str, count: int) -> None:
        # Texts of two CPUs cannot be compared: they part where two tokens tie, and sums
        # in another order decide that. How good each token is does not depend on ties.
        program = harness.compiled(harness.smollm2(), cpu)
        for prompt in PROMPTS[:4]:
            text = greedy(program, prompt, count).removesuffix("\n")
            start, whole = (harness.tokenize(program, t) for t in (prompt, prompt + text))
            self.assertEqual(whole[:len(start)], start)
            generated = whole[len(start):]
            self.assertGreaterEqual(len(generated), 6)  # one answer ends by itself
            logits = reference().logits(whole, slice(len(start) - 1, len(whole) - 1))
            regret = logits.max(axis=1) - logits[range(len(generated)), generated]
            print(f"{cpu} {prompt!r}: {len(generated)} tokens, regret at most "
                  f"{regret.max():.3f}: {text!r}", flush=True)
            self.assertLessEqual(regret.max(), REGRET_BAR)

    def test_best_tokens_native(self) -> None:
        self.check_best_tokens("native", 32)

    def test_best_tokens_aarch64(self) -> None:
        self.check_best_tokens("neoverse-n1", 16)


if __name__ == "__main__":
    harness.main()
