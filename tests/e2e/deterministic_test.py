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

    def test_dumps(self) -> None:
        """A dump that was made without the flag takes it; one made with it keeps it,
        with or without the header that names it."""
        model = harness.tiny_model("tiny-qwen2", "Q4_0")
        folder = harness.WORK / "bin"
        cpu = "--mcpu=icelake-server"  # whose code depends on the flag
        emit = ("--emit=mlir", "--quiet", "--force", "-o")
        plain, marked, bare = (folder / f"deterministic-{name}.mlir"
                               for name in ("plain", "marked", "bare"))
        direct = compiled(model, "dumps", cpu)
        harness.run(harness.QWENC, model, cpu, *emit, plain)
        harness.run(harness.QWENC, model, cpu, "--deterministic", *emit, marked)
        lines = marked.read_text().splitlines(keepends=True)
        bare.write_text("".join(line for line in lines if not line.startswith("//")))
        code = {}
        for dump, flags in ((plain, []), (plain, ["--deterministic"]), (marked, []), (bare, [])):
            out = folder / "deterministic-dump.o"
            harness.run(harness.QWENC, model, f"--compile-from={dump}", *flags, "--emit=obj", "-o",
                        out, "--quiet", "--force")
            code[dump.name, *flags] = out.read_bytes()
        self.assertEqual(len(set(code.values())), 2, "one of them differs from the rest")
        self.assertEqual(list(code.values()).count(code[plain.name,]), 1)
        out = folder / "deterministic-dump"
        harness.run(harness.QWENC, f"--compile-from={marked}", "-o", out, "--quiet", "--force")
        with open(direct, "rb") as expected:
            self.assertEqual(expected.read(), out.read_bytes())

    def test_refuses_dumps_that_round_otherwise(self) -> None:
        model = harness.tiny_model("tiny-qwen2", "Q4_0")
        dumps = []
        for cpu in ("x86-64-v2", "x86-64-v3"):
            dumps.append(str(harness.WORK / "bin" / f"deterministic-{cpu}.mlir"))
            harness.run(harness.QWENC, model, f"--mcpu={cpu}", "--emit=mlir", "--deterministic",
                        "-o", dumps[-1], "--quiet", "--force")
        done = harness.run(harness.QWENC, "--compile-from=" + ",".join(dumps), "-o", "none",
                           check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"'x86-64-v2' has no fused multiply-add", done.stderr)

    def test_refuses_what_rounds_otherwise(self) -> None:
        done = harness.run(harness.QWENC, harness.tiny_model("tiny-qwen2", "Q4_0"), "-o", "none",
                           "--deterministic", "--mcpu=x86-64-v2,x86-64-v3", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"'x86-64-v2' has no fused multiply-add", done.stderr)


if __name__ == "__main__":
    harness.main()
