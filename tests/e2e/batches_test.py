#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A prompt gives the same logits in batches of any size, and token by token."""

import unittest

import numpy as np

import harness
from harness import compare_logits, make_tiny_model

KL_BAR = 1e-3
RELATIVE_BAR = 1e-4


class Batches(unittest.TestCase):
    def compare(self, name: str, kind: str, ctx: int, flags: list) -> None:
        program = harness.compiled(harness.tiny_model(name, kind))
        vocab = make_tiny_model.MODELS[name].vocab
        tokens = harness.random_tokens(vocab, ctx, seed=ctx)
        label = f"batches-{name}-{kind}"
        single = harness.logits(program, tokens, ctx, vocab, label, "--batch", 1)
        batched = harness.logits(program, tokens, ctx, vocab, label, *flags)
        self.assertEqual(single.shape, batched.shape)
        result = compare_logits.compare(single, batched)
        print(f"{name} {kind} {ctx} tokens {flags}: {result}", flush=True)
        if kind == "F32":
            self.assertLessEqual(result["max_difference"], RELATIVE_BAR * np.abs(single).max())
        else:
            self.assertLessEqual(result["mean_kl"], KL_BAR)

    def check(self, name: str, kind: str) -> None:
        # Whole prompts of 4, 7, 64 and 300 tokens; then one prompt in batches of those
        # sizes, of which the last is a remainder.
        for length in (4, 7, 64, 300):
            with self.subTest(prompt=length):
                self.compare(name, kind, length, [])
        for batch in (7, 64, 300):
            with self.subTest(batch=batch):
                self.compare(name, kind, 602, ["--batch", batch])


for _name in ("tiny-qwen2", "tiny-qwen3"):
    for _kind in ("F32", "Q4_0", "Q8_0"):
        setattr(Batches, f"test_{_name}_{_kind}".replace("-", "_").lower(),
                lambda self, n=_name, k=_kind: self.check(n, k))

if __name__ == "__main__":
    harness.main()
