#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models and formats that aarch64_test.py leaves out."""

import functools
import unittest

import accuracy
import harness


class AArch64Formats(unittest.TestCase):
    pass


CPUS = ["cortex-a72", "neoverse-n1"]
# qemu takes most of its time for tokens one by one.
add_cases = functools.partial(accuracy.add_cases, AArch64Formats, decode_ctx=202)
add_cases(["tiny-qwen2"], ["F16", "BF16", "Q4_1", "Q6_K"], CPUS)
add_cases(["tiny-qwen2"], ["Q4_1", "Q6_K"], ["neoverse-n2"])
add_cases(["tiny-llama"], ["Q4_0", "Q8_0"], CPUS)
# Rows of tiny-qwen3 that do not fill blocks of 256 fall back to Q5_0, Q5_1, IQ4_NL. Kernels of
# every class have tests of their own: here is a whole model of each format once.
for cpu, kinds in {"cortex-a72": ["Q5_K", "IQ4_XS", "Q2_K"], "neoverse-n1": ["Q4_K", "Q3_K"],
                   "neoverse-n2": ["Q4_K", "Q5_K", "IQ4_XS", "MXFP4"]}.items():
    add_cases(["tiny-qwen3"], kinds, [cpu])

if __name__ == "__main__":
    harness.main()
