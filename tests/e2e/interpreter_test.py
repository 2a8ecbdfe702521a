#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny models through frontend, importer, fusion passes and reference interpreter,
against `transformers` and the numpy oracle."""

import os
import unittest

import numpy as np

import harness
from harness import compare_logits, make_tiny_model, reference_logits

INTERPRETER = os.environ.get("QWENC_INTERPRET", "interpret-model")
DIFFERENCE_BAR = 1e-4
KL_BAR = 0.005


def interpreted(name: str, kind: str, tokens: list[int], *flags) -> np.ndarray:
    model = harness.tiny_model(name, kind)
    stem = harness.WORK / f"interpreted-{name}-{kind}-{os.getpid()}"
    token_file, out = stem.with_suffix(".tokens"), stem.with_suffix(".f32")
    token_file.write_text(" ".join(map(str, tokens)))
    try:
        harness.run(INTERPRETER, model, token_file, out, *flags)
        return np.fromfile(out, "<f4").reshape(len(tokens), -1)
    finally:
        token_file.unlink(missing_ok=True)
        out.unlink(missing_ok=True)


class Interpreted(unittest.TestCase):
    def test_numpy_oracle_agrees_with_transformers(self) -> None:
        for name in make_tiny_model.TINY + make_tiny_model.ROPE:
            with self.subTest(model=name):
                tokens, positions, expected = harness.stored_logits(name)
                model = reference_logits.ReferenceModel(harness.tiny_model(name, "F32"))
                difference = np.abs(model.logits(tokens)[positions] - expected).max()
                self.assertLessEqual(difference, DIFFERENCE_BAR)

    def test_transformers(self) -> None:
        for name in make_tiny_model.TINY + make_tiny_model.ROPE:
            tokens, positions, expected = harness.stored_logits(name)
            for flags in (["--level=graph"], ["--level=fused"], ["--level=scheduled"],
                          ["--level=scheduled", "--mcpu=neoverse-n1", "--batch=1"]):
                with self.subTest(model=name, flags=flags):
                    got = interpreted(name, "F32", tokens, "--cache=f32", *flags)[positions]
                    difference = np.abs(got - expected).max()
                    print(f"{name} {flags}: {difference:.2e}", flush=True)
                    self.assertLessEqual(difference, DIFFERENCE_BAR)

    def test_experts_are_those_of_transformers(self) -> None:
        for name in make_tiny_model.TINY:
            shape = make_tiny_model.MODELS[name]
            if not shape.experts:
                continue
            expected = np.load(harness.TESTDATA / f"{name}.logits.npz")["routes"]
            tokens = harness.stored_logits(name)[0]
            for level in ("graph", "fused", "scheduled"):
                with self.subTest(model=name, level=level):
                    out = harness.WORK / f"routes-{name}-{os.getpid()}.u8"
                    self.addCleanup(out.unlink, missing_ok=True)
                    interpreted(name, "F32", tokens, "--cache=f32", f"--level={level}",
                                f"--routes={out}")
                    got = np.fromfile(out, np.uint8).reshape(expected.shape)
                    self.assertEqual(expected.shape,
                                     (shape.layers, len(tokens), shape.experts_used))
                    self.assertTrue(np.array_equal(got, expected))

    def test_every_format_at_graph_level(self) -> None:
        for kind in ("F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q6_K", "Q5_0", "Q4_K", "Q5_K", "Q3_K",
                     "Q2_K", "IQ4_XS", "MXFP4"):
            # tiny-qwen3 needs the fallbacks: these are all formats.
            for name in make_tiny_model.TINY if kind in ("F16", "Q4_K") else ["tiny-qwen3"]:
                with self.subTest(model=name, kind=kind):
                    tokens = harness.stored_logits(name)[0][:64]
                    model = reference_logits.ReferenceModel(harness.tiny_model(name, kind))
                    got = interpreted(name, kind, tokens, "--cache=f32")
                    self.assertLessEqual(np.abs(got - model.logits(tokens)).max(), DIFFERENCE_BAR)

    def test_quantised_activations(self) -> None:
        for kind in ("Q8_0", "Q4_0"):
            for name in make_tiny_model.TINY:
                with self.subTest(model=name, kind=kind):
                    tokens = harness.stored_logits(name)[0]
                    model = reference_logits.ReferenceModel(harness.tiny_model(name, kind))
                    got = interpreted(name, kind, tokens, "--level=fused")
                    result = compare_logits.compare(model.logits(tokens), got)
                    print(f"{name} {kind}: int8 activations {result['mean_kl']:.2e}", flush=True)
                    self.assertLessEqual(result["mean_kl"], KL_BAR)
                    # They must make some difference, or nothing was quantised.
                    self.assertGreater(result["mean_kl"], 1e-6)


if __name__ == "__main__":
    harness.main()
