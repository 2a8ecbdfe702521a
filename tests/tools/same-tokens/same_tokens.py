#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Do executables for several CPUs say the same? Greedy answers, token by token.

Compiles MODEL for the machine at hand and for each CPU, continues five prompts greedily
(Arm under qemu-aarch64) and compares with the machine's own answers. Where they part, the
token at which they do is looked at in both programs' logits of the same tokens before it:

  gap     how much likelier the first program holds its own token than the other's
  noise   the largest difference between the two programs' logits there

A gap below twice the noise is explained: either program could have said either token.
Exit status 1 if one is not.

Example:
  same_tokens.py model.gguf --qwenc build/release/bin/qwenc -n 64 \\
      --cpu cortex-a72 --cpu "neoverse-v1=max,sve256=on,sme=off"
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PROMPTS = ["The capital of France is", "Photosynthesis is the process by which",
           "def fibonacci(n):", "Once upon a time, in a small village,",
           "The three most important inventions of the 19th century were"]
# What has just the instructions of a CPU, under qemu.
MACHINES = {"cortex-a53": "cortex-a53", "cortex-a72": "cortex-a72", "cortex-a76": "cortex-a76",
            "neoverse-n1": "neoverse-n1", "neoverse-n2": "max,sve128=on,sme=off",
            "neoverse-v1": "max,sve256=on,sme=off", "a64fx": "a64fx"}


def run(command) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True)
    if done.returncode != 0:
        sys.exit(f"same_tokens.py: {' '.join(map(str, command))}: {done.stderr.decode()[-500:]}")
    return done.stdout.decode(errors="replace")


def tokens_of(program, text: str) -> list[int]:
    return json.loads(run([*program, "tokenize", "--json", "-p", text]))["tokens"]


def next_logits(program, tokens: list[int], folder: Path) -> np.ndarray:
    """Logits of what follows `tokens`: of the last position that a chunk scores."""
    file, out = folder / "tokens", folder / "logits"
    file.write_text(" ".join(map(str, tokens + [0])))
    size = len(tokens) + 1
    run([*program, "perplexity", file, "--tokens", "--ctx", size, "--logits", out])
    scored = (size - 2) - size // 2 + 1
    return np.fromfile(out, "<f4").reshape(scored, -1)[-1]


def compare(reference, program, prompt: str, count: int, folder: Path) -> tuple[bool, str]:
    answers = [run([*p, "run", "--raw", "--quiet", "-p", prompt, "-n", count, "--temp", 0])
               for p in (reference, program)]
    if answers[0] == answers[1]:
        return True, "the same"
    ours, theirs = (tokens_of(reference, prompt + answer) for answer in answers)
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), None)
    if at is None:
        return False, "one answer ends where the other goes on"
    a, b = (next_logits(p, ours[:at], folder) for p in (reference, program))
    gap, noise = a[ours[at]] - a[theirs[at]], np.abs(a - b).max()
    start = len(tokens_of(reference, prompt))
    return bool(abs(gap) <= 2 * noise), (f"part at token {at - start}: gap {gap:.3f}, "
                                         f"noise {noise:.3f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--qwenc", default="qwenc", help="the compiler")
    parser.add_argument("--cpu", action="append", required=True, metavar="CPU[=QEMU_CPU]")
    parser.add_argument("-n", type=int, default=64, help="tokens of an answer")
    options = parser.parse_args()
    unexplained = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def program(cpu: str) -> list[str]:
            out = folder / cpu
            flags = [] if cpu == "native" else [f"--mcpu={cpu}"]
            run([options.qwenc, options.model, "-o", out, "--quiet", *flags])
            return [str(out)]

        reference = program("native")
        for given in options.cpu:
            cpu, _, machine = given.partition("=")
            other = ["qemu-aarch64", "-cpu", machine or MACHINES.get(cpu, "max"), *program(cpu)]
            for prompt in PROMPTS:
                explained, what = compare(reference, other, prompt, options.n, folder)
                unexplained += not explained
                print(f"{cpu:14} {what:40} {'' if explained else 'NOT EXPLAINED  '}{prompt!r}",
                      flush=True)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
