#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny models compiled for each class of x86-64 CPUs that runs here."""

import platform
import unittest
from pathlib import Path

import accuracy
import harness

# A CPU name of each class, and the kernel's name of what it needs.
CLASSES = {"x86-64-v2": "sse4_2", "x86-64-v3": "avx2", "gracemont": "avx_vnni",
           "znver4": "avx512_vnni"}


class X86Classes(unittest.TestCase):
    def setUp(self) -> None:
        if platform.machine() != "x86_64":
            self.skipTest("not an x86-64 machine")


def runnable() -> list[str]:
    cpuinfo = Path("/proc/cpuinfo")
    have = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    return [cpu for cpu, feature in CLASSES.items() if feature in have]


accuracy.add_cases(X86Classes, ["tiny-qwen2", "tiny-qwen3"], ["Q4_0", "Q8_0", "Q4_1", "Q6_K"],
                   runnable())
accuracy.add_cases(X86Classes, ["tiny-qwen3"], ["F32", "F16"], runnable())

if __name__ == "__main__":
    harness.main()
