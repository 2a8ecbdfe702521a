#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SmolLM2 says the same with SVE vectors of every length as with NEON."""

import unittest

import harness
from sve_test import CPU, MACHINES, program_on

PROMPT = "The capital of France is"


class SmolLM2(unittest.TestCase):
    def test_smollm2_says_the_same(self):
        model = harness.smollm2_variant("qwen2", "Q4_0")
        answers = set()
        for machine in ("no SVE", "256", "512"):
            program = program_on(model, CPU, MACHINES[machine][0])
            done = harness.run(*program, "run", "--raw", "-p", PROMPT, "-n", 6, "--temp", 0)
            answers.add(done.stdout)
        self.assertEqual(len(answers), 1, answers)


if __name__ == "__main__":
    harness.main()
