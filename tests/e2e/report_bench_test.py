#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The report's prediction for this machine beside what `bench` measures.

The model knows neither this machine's clock nor what else runs on it, leaves out norms,
unpacking and barriers, and takes LLVM's word for the core. Bounds are wide for that; a
wrong unit, a forgotten factor of layers or cores falls outside of them."""

import json
import unittest

import harness


class Prediction(unittest.TestCase):
    def test_is_of_the_right_order(self) -> None:
        model = harness.smollm2()
        report = json.loads(harness.run(
            harness.QWENC, model, "--emit=mlir", "-o", harness.WORK / "report-bench.mlir",
            "--force", "--quiet", "--report=-").stdout)
        phases = report["cpus"][0]["phases"]
        tokens, position = phases["prefill"]["tokens"], phases["decode"]["position"]
        program = harness.compiled(model)

        def bench(*flags) -> dict:
            return json.loads(harness.run(*program, "bench", "--json", "--threads", 1, "--reps", 3,
                                          *flags).stdout)
        measured = {"prefill": bench("--pp", tokens, "--tg", 0)["pp"]["tok_per_s"],
                    "decode": bench("--pp", 0, "--tg", 32, "--depth", position)["tg"]["tok_per_s"]}
        for name, speed in measured.items():
            predicted = phases[name]["predicted"][0]["tok_per_s"]
            print(f"{name}: {speed:.0f} tokens/s measured, {predicted:.0f} predicted, "
                  f"{speed / predicted:.2f}")
            self.assertGreater(speed / predicted, 0.1, name)
            self.assertLess(speed / predicted, 6, name)


if __name__ == "__main__":
    harness.main()
