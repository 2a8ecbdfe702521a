#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Executables whose KV cache holds 8-bit integers (--kv-type=q8)."""

import json
import os
import unittest

import numpy as np

import harness
from harness import compare_logits, make_tiny_model, reference_logits
from interpreter_test import interpreted

# Positions 151 .. 300 are scored.
CTX = 302
# The oracle rounds keys and values in the same way, but where its value lies next to
# the middle of two codes ours may take the other one.
KL_BAR = 1e-4
# Of formats whose activations are quantised.
QUANTISED_KL_BAR = 0.005


class KVCache(unittest.TestCase):
    def check(self, name: str, kind: str, cpu: str = "native", ctx: int = CTX) -> None:
        model = harness.tiny_model(name, kind)
        vocab = make_tiny_model.MODELS[name].vocab
        tokens = harness.random_tokens(vocab, ctx, seed=5)
        oracle = reference_logits.ReferenceModel(model, kv="q8")
        expected = oracle.logits(tokens, slice(ctx // 2, ctx - 1))
        program = harness.compiled(model, cpu, kv="q8")
        label = f"kv-{name}-{kind}-{cpu}"
        got = {batch: harness.logits(program, tokens, ctx, vocab, label, "--batch", batch)
               for batch in (512, 7, 1)}
        bar = KL_BAR if kind == "F32" else QUANTISED_KL_BAR
        for batch, logits in got.items():
            with self.subTest(batch=batch):
                result = compare_logits.compare(expected, logits)
                print(f"{name} {kind} {cpu}, batches of {batch}: mean KL {result['mean_kl']:.2e} to "
                      f"the oracle", flush=True)
                self.assertLessEqual(result["mean_kl"], bar)
        for batch in (512, 7):
            with self.subTest(batch=batch, against=1):
                self.assertLessEqual(compare_logits.compare(got[1], got[batch])["mean_kl"], KL_BAR)

    def test_threads_agree(self) -> None:
        program = harness.compiled(harness.tiny_model("tiny-qwen2", "Q4_0"), kv="q8")
        vocab = make_tiny_model.MODELS["tiny-qwen2"].vocab
        tokens = harness.random_tokens(vocab, 64, seed=6)
        one, two = (harness.logits(program, tokens, 64, vocab, "kv-threads", "--threads", n)
                    for n in (1, 2))
        np.testing.assert_array_equal(one, two)

    def test_q8_differs_from_f16_but_little(self) -> None:
        model = harness.tiny_model("tiny-qwen3", "F32")
        vocab = make_tiny_model.MODELS["tiny-qwen3"].vocab
        tokens = harness.random_tokens(vocab, CTX, seed=7)
        f16, q8 = (harness.logits(harness.compiled(model, kv=kv), tokens, CTX, vocab, f"kv-{kv}")
                   for kv in ("f16", "q8"))
        result = compare_logits.compare(f16, q8)
        print(f"q8 against f16: {result}", flush=True)
        self.assertGreater(result["mean_kl"], 0)
        self.assertLessEqual(result["mean_kl"], 1e-3)

    def test_interpreter_rounds_as_the_type_says(self) -> None:
        tokens = harness.random_tokens(make_tiny_model.MODELS["tiny-qwen2"].vocab, 40, seed=8)
        model = harness.tiny_model("tiny-qwen2", "F32")
        expected = reference_logits.ReferenceModel(model, kv="q8").logits(tokens)
        for level in ("graph", "fused"):
            with self.subTest(level=level):
                got = interpreted("tiny-qwen2", "F32", tokens, "--cache=q8", f"--level={level}")
                self.assertLessEqual(compare_logits.compare(expected, got)["mean_kl"], KL_BAR)

    def test_facts(self) -> None:
        model = harness.tiny_model("tiny-qwen2", "Q4_0")
        # 3 layers, K and V, 2 heads of 64: halves, or bytes and a float for each 32 of them.
        for kv, head_bytes in (("f16", 64 * 2), ("q8", 64 + 2 * 4)):
            done = harness.run(*harness.compiled(model, kv=kv), "info", "--json")
            facts = json.loads(done.stdout)
            self.assertEqual(facts["kv_type"], kv)
            self.assertEqual(facts["kv_bytes_per_token"], 3 * 2 * 2 * head_bytes)

    def test_type_in_the_ir(self) -> None:
        model = harness.tiny_model("tiny-qwen2", "Q4_0")
        for kv, text in (("f16", b" <2x64>\n"), ("q8", b" <2x64, q8>\n")):
            done = harness.run(harness.QWENC, model, f"--kv-type={kv}", "--emit=mlir", "-o", "-",
                               "--quiet")
            self.assertIn(text, done.stdout)

    def test_unknown_type(self) -> None:
        done = harness.run(harness.QWENC, harness.tiny_model("tiny-qwen2", "Q4_0"),
                           "--kv-type=q5", "-o", os.devnull, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"kv-type", done.stderr)


for _name in make_tiny_model.TINY:
    for _kind in ("F32", "Q4_0"):
        setattr(KVCache, f"test_{_name}_{_kind}".replace("-", "_").lower(),
                lambda self, n=_name, k=_kind: self.check(n, k))
setattr(KVCache, "test_aarch64",
        lambda self: self.check("tiny-qwen2", "Q4_0", "neoverse-n1", ctx=34))

if __name__ == "__main__":
    harness.main()
