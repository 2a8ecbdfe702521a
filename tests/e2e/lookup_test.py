#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--lookup changes the speed alone: the same text with and without, greedy and drawn.

Steps over several tokens must give each token's logits to the bit as single steps do;
one bit of difference in one logit is enough to change a text some day.
"""

import re
import unittest
from pathlib import Path

import harness

PROMPTS = Path(__file__).resolve().parent / "lookup"
LOOKUP = re.compile(rb"lookup (\d+) of (\d+) right, (\d+) steps")


def answer(program: list[str], *flags):
    return harness.run(*program, "run", "--ignore-eos", "--raw", "--seed", 3, *flags)


class Lookup(unittest.TestCase):
    def compare(self, label: str, program: list[str], count: int, *flags) -> int:
        """The number of right guesses; how many there are depends on the clock."""
        plain = answer(program, "-n", count, *flags)
        right = 0
        for longest in (3, 15):
            done = answer(program, "-n", count, "--lookup", longest, *flags)
            self.assertEqual(done.stdout, plain.stdout)
            found = LOOKUP.search(done.stderr)
            print(f"{label}, drafts up to {longest}: {found[0].decode() if found else 'none'}",
                  flush=True)
            if found:
                accepted, drafted, steps = map(int, found.groups())
                self.assertLessEqual(accepted, drafted)
                self.assertEqual(accepted + steps, count - 1)
                right += accepted
        return right

    def test_tiny_models(self) -> None:
        for name in ("tiny-qwen2", "tiny-qwen3"):
            for kind in ("Q4_0", "Q8_0", "F32"):
                program = harness.compiled(harness.tiny_model(name, kind))
                # A model of random weights soon repeats itself; the prompt helps.
                start = "one two three"
                first = answer(program, "-p", start, "-n", 40, "--temp", 0).stdout.decode()
                prompt = start + first + start
                for threads in (1, 2):
                    for temperature in (0, 0.7):
                        with self.subTest(name=name, kind=kind, threads=threads):
                            self.compare(f"{name} {kind} at {temperature}", program, 60, "-p",
                                         prompt, "--temp", temperature, "--threads", threads)

    def test_batches_are_equal_to_the_bit(self) -> None:
        for name in ("tiny-qwen2", "tiny-qwen3"):
            for kind in ("Q4_0", "Q8_0", "F32"):
                program = harness.compiled(harness.tiny_model(name, kind))
                vocab = harness.make_tiny_model.MODELS[name].vocab
                tokens = harness.random_tokens(vocab, 96)
                single = harness.logits(program, tokens, 96, vocab, "lookup", "--batch", 1)
                for batch in range(2, 17):
                    many = harness.logits(program, tokens, 96, vocab, "lookup", "--batch", batch)
                    self.assertTrue((single == many).all(), f"{name} {kind} in batches of {batch}")

    def test_smollm2(self) -> None:
        program = harness.compiled(harness.smollm2())
        for prompt in sorted(PROMPTS.glob("*.txt")):
            with self.subTest(prompt=prompt.stem):
                right = self.compare(prompt.stem, program, 128, "-f", prompt, "--temp", 0)
                self.assertGreater(right, 10)


if __name__ == "__main__":
    harness.main()
