#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Greedy text of a real model: the same for any number of threads, and with F32
weights the same whether the file calls itself llama or qwen2."""

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
        as_llama = harness.compiled(harness.smollm2_variant("llama", "F32"))
        as_qwen2 = harness.compiled(harness.smollm2_variant("qwen2", "F32"))
        for prompt in PROMPTS:
            with self.subTest(prompt=prompt):
                self.assertEqual(greedy(as_llama, prompt, 64), greedy(as_qwen2, prompt, 64))

    def test_aarch64_agreement(self) -> None:
        here = harness.compiled(harness.smollm2())
        arm = harness.compiled(harness.smollm2(), "neoverse-n1")
        same = 0
        for prompt in PROMPTS[:3]:
            texts = [greedy(program, prompt, 16) for program in (here, arm)]
            same += texts[0] == texts[1]
            print(f"{prompt!r}: here {texts[0]!r}, AArch64 {texts[1]!r}", flush=True)
        print(f"the same text for {same} of 3 prompts", flush=True)
        self.assertGreaterEqual(same, 1)


if __name__ == "__main__":
    harness.main()
