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
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "e2e"))
import harness  # noqa: E402
from gguf_file import GGUFReader  # noqa: E402

PROMPTS = ["The capital of France is", "Photosynthesis is the process by which",
           "def fibonacci(n):", "Once upon a time, in a small village,",
           "The three most important inventions of the 19th century were"]


def tokens_of(program, text: str) -> list[int]:
    return json.loads(harness.run(*program, "tokenize", "--json", "-p", text).stdout)["tokens"]


def next_logits(program, tokens: list[int], vocab: int) -> np.ndarray:
    """Logits of what follows `tokens`: of the last position that a chunk scores."""
    return harness.logits(program, tokens + [0], len(tokens) + 1, vocab, "same-tokens")[-1]


def compare(reference, program, prompt: str, count: int, vocab: int) -> tuple[bool, str]:
    answers = [harness.run(*p, "run", "--raw", "--quiet", "-p", prompt, "-n", count, "--temp",
                           0).stdout.decode(errors="replace") for p in (reference, program)]
    if answers[0] == answers[1]:
        return True, "the same"
    ours, theirs = (tokens_of(reference, prompt + answer) for answer in answers)
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), None)
    if at is None:
        return False, "one answer ends where the other goes on"
    a, b = (next_logits(p, ours[:at], vocab) for p in (reference, program))
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
    harness.QWENC = options.qwenc
    vocab = GGUFReader(options.model).tensors["token_embd.weight"].shape[0]
    unexplained = 0
    with tempfile.TemporaryDirectory() as folder:
        harness.WORK = Path(folder)
        reference = harness.compiled(options.model)
        for given in options.cpu:
            cpu, _, machine = given.partition("=")
            if machine:
                harness.QEMU_CPUS[cpu] = machine
            other = harness.compiled(options.model, cpu)
            for prompt in PROMPTS:
                explained, what = compare(reference, other, prompt, options.n, vocab)
                unexplained += not explained
                print(f"{cpu:14} {what:40} {'' if explained else 'NOT EXPLAINED  '}{prompt!r}",
                      flush=True)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
