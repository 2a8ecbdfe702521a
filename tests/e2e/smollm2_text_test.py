#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Greedy text of a real model: the same for any number of threads, and the same
whether the file calls itself llama or qwen2.
"""

import os
import unittest

import harness

PROMPTS = [
    "The sun rises in the", "My favourite colour is blue because", "for i in range(10):",
    "The first president of the United States was", "Ice is the solid form of",
    "A recipe for pancakes needs", "The Great Wall of China was built",
    "If x + 3 = 7, then x =", "Dogs are often called", "In computer science, a stack is",
]


def greedy(program: list[str], prompt: str, count: int, *flags) -> str:
    return harness.run(*program, "run", "--raw", "--temp", 0, "-n", count, "-p", prompt,
                       *flags).stdout.decode()


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
