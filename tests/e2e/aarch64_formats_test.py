#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models and formats that aarch64_test.py leaves out."""

import unittest

import accuracy
import harness


class AArch64Formats(unittest.TestCase):
    pass


CPUS = ["cortex-a72", "neoverse-n1"]
accuracy.add_cases(AArch64Formats, ["tiny-qwen2"], ["F16", "BF16", "Q4_1", "Q6_K"], CPUS)
accuracy.add_cases(AArch64Formats, ["tiny-qwen2"], ["Q4_1", "Q6_K"], ["neoverse-n2"])
accuracy.add_cases(AArch64Formats, ["tiny-llama"], ["Q4_0", "Q8_0"], CPUS)

if __name__ == "__main__":
    harness.main()
