#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints, for each file of a folder of dumps, whether qwen-opt prints the same text
when it reads what it printed of it.

    round_trip.py FOLDER
"""
import pathlib
import subprocess
import sys


def opt(text):
    return subprocess.run(["qwen-opt"], input=text, capture_output=True, text=True,
                          check=True).stdout


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.mlir")):
    once = opt(path.read_text())
    print(f"{path.name}: {'same' if once and once == opt(once) else 'differs'}")
