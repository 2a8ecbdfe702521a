#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny models compiled for this machine."""

import unittest

import accuracy
import harness
from harness import make_tiny_model


class TinyAccuracy(unittest.TestCase):
    pass


accuracy.add_cases(TinyAccuracy, make_tiny_model.TINY, ["F32", "Q8_0", "Q4_0"], ["native"])
# Some of tiny_formats_test.py's, experts included.
for name, kind in {"tiny-qwen": "Q5_K", "tiny-qwen2": "Q4_K", "tiny-llama": "Q5_1",
                   "tiny-qwen2moe": "IQ4_XS", "tiny-qwen3moe": "Q6_K"}.items():
    accuracy.add_cases(TinyAccuracy, [name], [kind], ["native"])
# Positions 150 .. 298: the original contexts end at 128.
accuracy.add_cases(TinyAccuracy, make_tiny_model.ROPE, ["F32"], ["native"], ctx=300)

if __name__ == "__main__":
    harness.main()
