#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--deterministic: the same logits, bit for bit, from the code for every CPU class
of an architecture, for any number of threads, in batches or token by token."""

import shutil
import subprocess
import unittest

import numpy as np

import harness

CTX = 66


def compiled(model, name: str, *flags) -> str:
    out = harness.WORK / "bin" / f"{model.stem}-deterministic-{name}"
    out.parent.mkdir(parents=True, exist_ok=True)
    harness.run(harness.QWENC, model, "-o", out, "--force", "--quiet", "--deterministic", *flags)
    return str(out)


class Deterministic(unittest.TestCase):
    def setUp(self) -> None:
        self.vocab = harness.make_tiny_model.MODELS["tiny-qwen2"].vocab
        self.tokens = harness.random_tokens(self.vocab, CTX)

    def logits(self, program: list[str], *flags) -> np.ndarray:
        return harness.logits(program, self.tokens, CTX, self.vocab, "deterministic", *flags)

    def check(self, programs: dict[str, list[str]]) -> None:
        first = None
        for name, program in programs.items():
            for flags in (["--threads", 1], ["--threads", 3], ["--batch", 1, "--threads", 2]):
                with self.subTest(cpu=name, flags=flags):
                    got = self.logits(program, *flags)
                    first = got if first is None else first
                    np.testing.assert_array_equal(first.view(np.int32), got.view(np.int32))

    def test_aarch64(self) -> None:
        if not shutil.which("qemu-aarch64"):
            self.skipTest("qemu-aarch64 is not installed")
        for kind in ("Q4_0", "F16"):
            out = compiled(harness.tiny_model("tiny-qwen2", kind), "arm",
                           "--mcpu=cortex-a72,cortex-a76,neoverse-n2")
            self.check({cpu: ["qemu-aarch64", "-cpu", harness.QEMU_CPUS[cpu], out]
                        for cpu in ("cortex-a72", "cortex-a76", "neoverse-n2")})

    def test_x86(self) -> None:
        for kind in ("Q4_0", "F16", "Q8_0"):
            model = harness.tiny_model("tiny-qwen2", kind)
            programs = {}
            for cpu in ("x86-64-v3", "alderlake", "icelake-server"):
                out = compiled(model, cpu, f"--mcpu={cpu}")
                probe = subprocess.run([out, "run", "-p", "a", "--raw", "-n", "1"],
                                       capture_output=True, check=False)
                if probe.returncode == 0:  # else this CPU lacks the class
                    programs[cpu] = [out]
            if len(programs) < 2:
                self.skipTest("this CPU has one class of kernels at most")
            self.check(programs)

    def test_refuses_what_rounds_otherwise(self) -> None:
        done = harness.run(harness.QWENC, harness.tiny_model("tiny-qwen2", "Q4_0"), "-o", "none",
                           "--deterministic", "--mcpu=x86-64-v2,x86-64-v3", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"'x86-64-v2' has no fused multiply-add", done.stderr)


if __name__ == "__main__":
    harness.main()
