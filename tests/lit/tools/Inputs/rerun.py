#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the command in the header of a text that qwenc wrote; prints what it prints.

    rerun.py FILE
"""
import subprocess
import sys

command = open(sys.argv[1]).read().splitlines()[1].split("command: ", 1)[1]
sys.exit(subprocess.run(command, shell=True, check=False).returncode)
