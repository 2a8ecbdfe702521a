#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny models compiled for AArch64, without dotprod, with it and with i8mm, under qemu."""

import unittest
from pathlib import Path

import accuracy
import harness


class AArch64(unittest.TestCase):
    def test_three_classes_share_one_copy_of_the_weights(self):
        model = harness.tiny_model("tiny-qwen3", "Q4_0")
        cpus = ("cortex-a76", "neoverse-n2", "neoverse-v1")
        one = Path(harness.compiled(model, cpus[0])[-1])
        three = Path(harness.compiled(model, ",".join(cpus))[-1])
        self.assertEqual(harness.weight_section(three), harness.weight_section(one))
        self.assertLess(three.stat().st_size - one.stat().st_size, 1 << 20)


CTX = 202  # 100 positions: qemu takes its time
accuracy.add_cases(AArch64, ["tiny-qwen3"], ["F32", "Q4_0"], ["cortex-a72", "neoverse-n1"], CTX)
accuracy.add_cases(AArch64, ["tiny-qwen2"], ["Q8_0"], ["neoverse-n1", "neoverse-n2"], CTX)
accuracy.add_cases(AArch64, ["tiny-qwen3"], ["Q4_0"], ["neoverse-n2"], CTX)

if __name__ == "__main__":
    harness.main()
