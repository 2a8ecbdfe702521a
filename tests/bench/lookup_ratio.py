#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How much faster --lookup makes answers that repeat their prompt.

Runs an executable with and without --lookup on the prompts of tests/e2e/lookup, A B A B,
checks that the answers are the same, and prints the medians of both speeds:

  lookup_ratio.py OUT [--lookup 15] [--threads 1 2] [--rounds 5] [--tokens 256]
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
from pathlib import Path

PROMPTS = Path(__file__).resolve().parents[1] / "e2e" / "lookup"
SPEED = re.compile(r"answer \d+ tokens, ([\d.]+) tok/s")
RIGHT = re.compile(r"lookup (\d+) of (\d+) right")


def answer(program: str, prompt: Path, tokens: int, threads: int, lookup: int):
    """Text, tokens/s, what lookup said of itself."""
    done = subprocess.run([program, "-f", prompt, "--raw", "--ignore-eos", "--temp", "0", "-n",
                           str(tokens), "--threads", str(threads), "--lookup", str(lookup)],
                          capture_output=True, text=True, check=True)
    right = RIGHT.search(done.stderr)
    return done.stdout, float(SPEED.search(done.stderr)[1]), right[0] if right else "no drafts"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program", help="an executable made by qwenc")
    p.add_argument("--lookup", type=int, default=15)
    p.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--tokens", type=int, default=256)
    a = p.parse_args()
    print(f"{'prompt':12} {'threads':>7} {'plain':>8} {'lookup':>8} {'ratio':>6}")
    for prompt in sorted(PROMPTS.glob("*.txt")):
        for threads in a.threads:
            plain, with_lookup = [], []
            for _ in range(a.rounds):
                text, speed, _ = answer(a.program, prompt, a.tokens, threads, 0)
                plain.append(speed)
                same, speed, right = answer(a.program, prompt, a.tokens, threads, a.lookup)
                with_lookup.append(speed)
                if same != text:
                    sys.exit(f"{prompt.stem}: --lookup changed the answer")
            before, after = statistics.median(plain), statistics.median(with_lookup)
            print(f"{prompt.stem:12} {threads:7} {before:8.1f} {after:8.1f} {after / before:6.2f}"
                  f"  {right}", flush=True)


if __name__ == "__main__":
    main()
