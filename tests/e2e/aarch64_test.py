#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny models compiled for AArch64, without dotprod, with it and with i8mm, under qemu."""

import unittest

import accuracy
import harness


class AArch64(unittest.TestCase):
    pass


CTX = 202  # 100 positions: qemu takes its time
accuracy.add_cases(AArch64, ["tiny-qwen3"], ["F32", "Q4_0"], ["cortex-a72", "neoverse-n1"], CTX)
accuracy.add_cases(AArch64, ["tiny-qwen2"], ["Q8_0"], ["neoverse-n1", "neoverse-n2"], CTX)
accuracy.add_cases(AArch64, ["tiny-qwen3"], ["Q4_0"], ["neoverse-n2"], CTX)

if __name__ == "__main__":
    harness.main()
