#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A real model compiled for this machine answers with sense."""

import unittest

import harness


class SmolLM2Smoke(unittest.TestCase):
    def test_continues_a_sentence(self) -> None:
        program = harness.compiled(harness.smollm2())
        text = harness.run(*program, "run", "--raw", "--temp", 0, "-n", 16,
                           "-p", "The sun rises in the").stdout.decode()
        self.assertTrue(text.startswith((" sky", " east")), text)
        self.assertTrue(text.endswith("\n"))

    def test_answers_a_question(self) -> None:
        program = harness.compiled(harness.smollm2())
        text = harness.run(*program, "--temp", 0, "-n", 48,
                           "-p", "What is gravity?").stdout.decode()
        self.assertRegex(text, "^Gravity is .*(force|mass)")


if __name__ == "__main__":
    harness.main()
