#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The formats that tiny_accuracy_test.py leaves out."""

import unittest

import accuracy
import harness
from harness import make_tiny_model


class TinyFormats(unittest.TestCase):
    pass


accuracy.add_cases(TinyFormats, make_tiny_model.TINY,
                   ["F16", "BF16", "Q4_1", "Q6_K", "Q4_K", "Q5_K"], ["native"])
# tiny-qwen3 has rows that do not fill blocks of 256, hence the fallbacks too.
accuracy.add_cases(TinyFormats, ["tiny-qwen3"], ["Q3_K", "Q2_K", "IQ4_XS", "MXFP4"], ["native"])

if __name__ == "__main__":
    harness.main()
