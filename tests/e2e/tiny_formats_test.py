#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every architecture in every format that tiny_accuracy_test.py leaves out.

Rows that do not fill blocks of 256 (all of tiny-llama, experts' down projections) take
what llama-quantize falls back to, so that most files mix formats.
"""

import unittest

import accuracy
import harness
from harness import make_tiny_model


class TinyFormats(unittest.TestCase):
    pass


accuracy.add_cases(TinyFormats, make_tiny_model.TINY,
                   ["F16", "BF16", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
                    "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4"], ["native"])

if __name__ == "__main__":
    harness.main()
