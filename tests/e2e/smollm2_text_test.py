#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Greedy text of a real model: the same for any number of threads, and with F32
weights the same whether the file calls itself llama or qwen2.

Where two tokens are all but equally likely, rounding decides: keys and values are
kept in fp16, and the two files sum the same products in different orders. A text may
part there, if the oracle finds the two tokens within TIE of each other.
"""

import os
import unittest

import harness
from harness import reference_logits

TIE = 1e-3  # of logits around 20
PROMPTS = [
    "The sun rises in the", "My favourite colour is blue because", "for i in range(10):",
    "The first president of the United States was", "Ice is the solid form of",
    "A recipe for pancakes needs", "The Great Wall of China was built",
    "If x + 3 = 7, then x =", "Dogs are often called", "In computer science, a stack is",
]


def greedy(program: list[str], prompt: str, count: int, *flags) -> str:
    return harness.run(*program, "run", "--raw", "--temp", 0, "-n", count, "-p", prompt,
                       *flags).stdout.decode()


def tokens_of(program: list[str], text: str) -> list[int]:
    """Of what `run` printed, without the newline it ends with."""
    done = harness.run(*program, "tokenize", "-p", text.removesuffix("\n"))
    return [int(t) for t in done.stdout.split()]


class SmolLM2Text(unittest.TestCase):
    def test_threads(self) -> None:
        program = harness.compiled(harness.smollm2())
        for prompt in PROMPTS[:4]:
            one, two = (greedy(program, prompt, 32, "--threads", n) for n in (1, 2))
            self.assertEqual(one, two)

    def test_llama_and_qwen2(self) -> None:
        file = harness.smollm2_variant("llama", "F32")
        as_llama = harness.compiled(file)
        as_qwen2 = harness.compiled(harness.smollm2_variant("qwen2", "F32"))
        oracle = reference_logits.ReferenceModel(file)
        for prompt in PROMPTS:
            with self.subTest(prompt=prompt):
                texts = [greedy(program, prompt, 64) for program in (as_llama, as_qwen2)]
                if texts[0] == texts[1]:
                    continue
                one, two = (tokens_of(as_llama, prompt + text) for text in texts)
                at = len(os.path.commonprefix([one, two]))
                logits = oracle.logits(one[:at], slice(at - 1, at))[0]
                gap = abs(float(logits[one[at]] - logits[two[at]]))
                print(f"{prompt!r}: part at token {at}, where the logits differ by {gap:.1e}")
                self.assertLessEqual(gap, TIE)

    def test_aarch64_agreement(self) -> None:
        here = harness.compiled(harness.smollm2())
        arm = harness.compiled(harness.smollm2(), "neoverse-n1")
        for prompt in PROMPTS[:3]:
            one, two = (greedy(program, prompt, 16) for program in (here, arm))
            same = len(os.path.commonprefix([one, two]))
            print(f"{prompt!r}: {same} of {len(one)} characters agree: {two!r}", flush=True)
            self.assertGreaterEqual(same, 8)


if __name__ == "__main__":
    harness.main()
