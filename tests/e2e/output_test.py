#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What qwenc writes: executables that stand alone, code that does not grow with
depth and calls nobody, text forms of each level, the same bytes every time."""

import json
import os
import shutil
import struct
import tempfile
import unittest
from pathlib import Path

import harness

LLVM_NM = shutil.which("llvm-nm-22") or "/usr/lib/llvm-22/bin/llvm-nm"
# Compilers may turn a loop into one of these; anything else would be a computation
# outside of the generated code.
MEMORY_FUNCTIONS = {"memcpy", "memmove", "memset"}
DECODE_OPS = ("qwen.norm_quantize", "qwen.qkv_project", "qwen.gate_up")


def info(program: list[str]) -> dict:
    return json.loads(harness.run(*program, "info", "--json").stdout)


class Output(unittest.TestCase):
    def setUp(self) -> None:
        harness.WORK.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=harness.WORK))
        self.addCleanup(shutil.rmtree, self.folder)
        self.model = harness.tiny_model("tiny-qwen2", "Q4_0")

    def emit(self, form: str, *flags) -> str:
        return harness.run(harness.QWENC, self.model, f"--emit={form}", "-o", "-",
                           *flags).stdout.decode()

    def test_code_does_not_grow_with_depth(self) -> None:
        shallow = info(harness.compiled(self.model))["code_bytes"]
        deep = info(harness.compiled(harness.tiny_model("deep-qwen2", "Q4_0")))["code_bytes"]
        print(f"code of 3 layers {shallow} bytes, of 12 layers {deep}", flush=True)
        self.assertLessEqual(deep, shallow + 1024)

    def test_generated_code_calls_nobody(self) -> None:
        for cpu in ("x86-64-v3", "cortex-a72", "neoverse-n1"):
            with self.subTest(cpu=cpu):
                out = self.folder / f"{cpu}.o"
                harness.run(harness.QWENC, self.model, "--emit=obj", f"--mcpu={cpu}", "-o", out)
                listing = harness.run(LLVM_NM, "--undefined-only", "--just-symbol-name", out)
                undefined = set(listing.stdout.decode().split())
                self.assertLessEqual(undefined, MEMORY_FUNCTIONS)

    def test_executable_stands_alone(self) -> None:
        program = Path(harness.compiled(self.model)[0])
        header = program.read_bytes()[:4096]
        self.assertEqual(header[:4], b"\x7fELF")
        phoff, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        types = {struct.unpack_from("<I", header, phoff + i * size)[0] for i in range(count)}
        self.assertNotIn(3, types, "a dynamic linker is asked for (PT_INTERP)")
        # It runs from anywhere, with nothing around it.
        moved = self.folder / "moved"
        shutil.copy(program, moved)
        harness.run(moved, "run", "--raw", "-p", "the", "-n", 2, cwd="/", env={})

    def test_same_bytes_every_time(self) -> None:
        outputs = []
        for number in range(2):
            folder = self.folder / str(number)
            folder.mkdir()
            copy = folder / "model.gguf"
            shutil.copy(self.model, copy)
            harness.run(harness.QWENC, copy, "-o", folder / "out", "--quiet", cwd=folder)
            outputs.append((folder / "out").read_bytes())
        self.assertEqual(outputs[0], outputs[1])

    def test_info(self) -> None:
        facts = info(harness.compiled(self.model))
        self.assertEqual(facts["arch"], "qwen2")
        self.assertEqual(facts["model"], "tiny-qwen2")
        # 3 layers, K and V, 2 heads of 64, fp16
        self.assertEqual(facts["kv_bytes_per_token"], 3 * 2 * 2 * 64 * 2)
        self.assertEqual(facts["formats"]["Q4_0"], 22)
        self.assertEqual(len(facts["source_sha256"]), 64)
        for key in ("target", "targets", "cpu_features", "code_bytes", "weights_bytes",
                    "tokenizer_bytes", "ctx_max", "qwenc"):
            self.assertIn(key, facts)

    def test_levels_as_text(self) -> None:
        graph, fused, scheduled = (self.emit(f"mlir:{level}")
                                   for level in ("graph", "fused", "scheduled"))
        self.assertIn("qwen.dequantize", graph)
        self.assertNotIn("qwen.dequantize", fused)
        for op in DECODE_OPS:
            self.assertNotIn(op, graph)
            self.assertIn(op, fused)
        self.assertIn("qwen.barrier", scheduled)
        # Without a level it is the scheduled one.
        self.assertEqual(scheduled, self.emit("mlir"))
        # Weights are named, never printed.
        self.assertLess(len(graph), 20000)

    def test_assembly_and_llvm(self) -> None:
        self.assertIn("sdot", self.emit("asm", "--mcpu=neoverse-n1"))
        self.assertNotIn("sdot", self.emit("asm", "--mcpu=cortex-a72"))
        self.assertIn("define", self.emit("llvm"))

    def test_dump_ir(self) -> None:
        harness.run(harness.QWENC, self.model, "-o", self.folder / "out", "--quiet",
                    f"--dump-ir={self.folder / 'ir'}")
        files = sorted(os.listdir(self.folder / "ir"))
        print(files, flush=True)
        self.assertGreaterEqual(len(files), 10)
        for number, name in enumerate(files):
            self.assertRegex(name, r"^\d+", "files are numbered in order")

    def test_bench_and_perplexity_json(self) -> None:
        program = harness.compiled(self.model)
        bench = json.loads(harness.run(*program, "bench", "--json", "--pp", 32, "--tg", 8, "--reps",
                                       2).stdout)
        self.assertEqual(bench["schema"], 1)
        self.assertEqual(len(bench["pp"]["samples"]), 2)
        self.assertGreater(bench["tg"]["tok_per_s"], 0)
        self.assertGreater(bench["barriers_per_token"], 0)
        only = json.loads(harness.run(*program, "bench", "--json", "--pp", 0, "--tg", 8).stdout)
        self.assertNotIn("pp", only)


if __name__ == "__main__":
    harness.main()
