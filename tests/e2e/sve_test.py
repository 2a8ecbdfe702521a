#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One executable on machines with SVE vectors of every length, and without SVE.

Code for SVE does the same operations in the same order as NEON's, so the logits are equal
to the last bit, whatever the length.
"""

import json
import subprocess
import unittest

import numpy as np

import harness

CPU = "neoverse-512tvb"  # LLVM does not say how long its vectors are: code for all lengths
# qemu's CPU, its SVE bits, the class that must run.
MACHINES = {"no SVE": ("max,sve=off,sme=off", 0, "neon_i8mm"),
            "128": ("max,sve128=on,sme=off", 128, "neon_i8mm"),
            "256": ("max,sve256=on,sme=off", 256, "sve256_i8mm"),
            "384": ("max,sve384=on,sme=off", 384, "sve256_i8mm"),
            "512": ("max,sve512=on,sme=off", 512, "sve512_i8mm"),
            "1024": ("max,sve1024=on,sve-default-vector-length=128,sme=off", 1024, "sve512_i8mm"),
            "2048": ("max,sve2048=on,sve-default-vector-length=256,sme=off", 2048, "sve512_i8mm")}
CTX = 70


def program_on(model, cpu: str, machine: str) -> list[str]:
    return ["qemu-aarch64", "-cpu", machine, harness.compiled(model, cpu)[-1]]


class VectorLengths(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not harness.shutil.which("qemu-aarch64"):
            raise unittest.SkipTest("qemu-aarch64 is not installed")

    def test_the_machine_decides_which_code_runs(self):
        model = harness.tiny_model("tiny-qwen3", "Q4_0")
        for name, (machine, bits, kernels) in MACHINES.items():
            with self.subTest(machine=name):
                done = harness.run(*program_on(model, CPU, machine), "info", "--json")
                info = json.loads(done.stdout)
                self.assertEqual((info["sve_bits"], info["kernel_class"]), (bits, kernels))

    def logits_on(self, name: str, kind: str, cpu: str, machine: str, *flags) -> np.ndarray:
        vocab = harness.make_tiny_model.MODELS[name].vocab
        tokens = harness.random_tokens(vocab, CTX)
        return harness.logits(program_on(harness.tiny_model(name, kind), cpu, machine), tokens, CTX,
                              vocab, f"{name}-{kind}-{cpu}", *flags)

    def test_logits_are_the_same_at_every_length(self):
        for name, kind in (("tiny-qwen3", "Q4_0"), ("tiny-qwen2", "Q8_0")):
            for flags in (("--threads", 2), ("--batch", 1)):
                expected = self.logits_on(name, kind, CPU, MACHINES["no SVE"][0], *flags)
                for machine in ("256", "512", "2048"):
                    with self.subTest(model=name, machine=machine, flags=flags):
                        got = self.logits_on(name, kind, CPU, MACHINES[machine][0], *flags)
                        np.testing.assert_array_equal(got, expected)

    def test_sve_without_i8mm(self):
        expected = self.logits_on("tiny-qwen3", "Q4_0", "neoverse-n1", "neoverse-n1")
        got = self.logits_on("tiny-qwen3", "Q4_0", "a64fx", "a64fx")
        np.testing.assert_array_equal(got, expected)

    def test_one_line_where_no_code_fits(self):
        model = harness.tiny_model("tiny-qwen3", "Q4_0")
        program = program_on(model, "a64fx", "max,sve128=on,sme=off")
        done = subprocess.run([*program, "run", "--raw", "-p", "x"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("code for a64fx needs SVE vectors of 512 bits (here 128)", done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1)


if __name__ == "__main__":
    harness.main()
