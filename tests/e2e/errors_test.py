#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What users do wrong gets one line and the right exit status."""

import dataclasses
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import harness
from harness import make_tiny_model


class Errors(unittest.TestCase):
    def setUp(self) -> None:
        harness.WORK.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=harness.WORK))
        self.addCleanup(shutil.rmtree, self.folder)
        self.model = harness.tiny_model("tiny-qwen2", "Q4_0")

    def fails(self, status: int, *command, message: str = "", lines: int | None = 1) -> str:
        done = harness.run(*command, check=False, stdin=subprocess.DEVNULL)
        text = done.stderr.decode()
        self.assertEqual(done.returncode, status, text)
        self.assertEqual(done.stdout, b"")
        if lines:
            self.assertEqual(len(text.splitlines()), lines, text)
        self.assertIn(message, text)
        return text

    def qwenc_fails(self, status: int, *flags, message: str = "", lines: int | None = 1) -> str:
        before = sorted(os.listdir(self.folder))
        text = self.fails(status, harness.QWENC, *flags, message=message, lines=lines)
        self.assertEqual(sorted(os.listdir(self.folder)), before, "files were left behind")
        return text

    # ---- qwenc

    def test_no_file(self) -> None:
        missing = self.folder / "missing.gguf"
        self.qwenc_fails(1, missing, message=f"qwenc: error: {missing}: ")

    def test_not_a_model(self) -> None:
        junk = self.folder / "junk.gguf"
        junk.write_bytes(b"this is no model" * 8)
        self.qwenc_fails(1, junk, "-o", self.folder / "out", message=f"qwenc: error: {junk}: ")

    def test_truncated_model(self) -> None:
        short = self.folder / "short.gguf"
        short.write_bytes(self.model.read_bytes()[:-1000])
        self.qwenc_fails(1, short, "-o", self.folder / "out", message=f"qwenc: error: {short}: ")

    def test_truncated_7b_model_names_the_first_tensor_beyond_the_end(self) -> None:
        name = "deepseek-r1-distill-qwen-7b"
        tensors = make_tiny_model.new_tensors(name, "Q4_0")
        header = make_tiny_model.gguf_file.gguf_header(make_tiny_model.metadata(name), tensors)
        path = self.folder / "7b.gguf"
        path.write_bytes(header)
        end = len(header)
        ends = [end := end + t.bytes + -t.bytes % 32 for t in tensors]
        for size in (len(header), len(header) + 1, 1 << 30, ends[200] - 32, ends[200]):
            with self.subTest(size=size):
                os.truncate(path, size)  # the part that is there is a hole
                missing = next(t.name for t, e in zip(tensors, ends) if e > size)
                text = self.qwenc_fails(1, path, "-o", self.folder / "out",
                                        message=f"qwenc: error: {path}: tensor '{missing}': ")
                self.assertIn(f"the end of the file, which has {size} bytes", text)

    def test_unsupported_type_names_tensor_and_type(self) -> None:
        path = self.folder / "q8_k.gguf"
        tensors = [make_tiny_model.new_tensor(w, "Q4_0")
                   for w in make_tiny_model.weights("tiny-qwen2")]
        at = next(i for i, t in enumerate(tensors) if t.name == "blk.1.ffn_up.weight")
        form = dataclasses.replace(tensors[at].type, number=15, elements=256, bytes=292)  # Q8_K
        size = tensors[at].bytes // (8 * 18) * 292
        tensors[at] = dataclasses.replace(tensors[at], type=form,
                                          make=lambda: harness.np.zeros(size, "u1"))
        make_tiny_model.gguf_file.write_gguf(path, make_tiny_model.metadata("tiny-qwen2"), tensors)
        text = self.qwenc_fails(1, path, "-o", self.folder / "out", message="blk.1.ffn_up.weight")
        self.assertIn("Q8_K", text)

    def test_unknown_cpu(self) -> None:
        text = self.qwenc_fails(2, self.model, "--mcpu=neoverse-n11", "-o", self.folder / "out",
                                lines=None, message="neoverse-n11")
        self.assertIn("neoverse-n1", text.replace("neoverse-n11", ""))

    def test_cpus_of_two_triples(self) -> None:
        self.qwenc_fails(2, self.model, "--mcpu=cortex-a72,x86-64-v3", "-o", self.folder / "out",
                         lines=None)

    def test_unknown_flag(self) -> None:
        self.qwenc_fails(2, self.model, "--no-such-flag", lines=None)

    def test_no_input(self) -> None:
        self.qwenc_fails(2, lines=None)

    def test_existing_file_is_kept(self) -> None:
        precious = self.folder / "precious.txt"
        precious.write_text("my only copy")
        self.qwenc_fails(1, self.model, "-o", precious, message=str(precious))
        self.assertEqual(precious.read_text(), "my only copy")

    def test_folder_as_output(self) -> None:
        self.qwenc_fails(1, self.model, "-o", self.folder, "--force", message=str(self.folder))

    def test_missing_folder_of_output(self) -> None:
        self.qwenc_fails(1, self.model, "-o", self.folder / "no" / "out")

    def test_earlier_output_is_replaced(self) -> None:
        out = self.folder / "out"
        for _ in range(2):
            harness.run(harness.QWENC, self.model, "-o", out, "--quiet")
        self.assertEqual(os.listdir(self.folder), ["out"])
        out.write_text("something else")
        harness.run(harness.QWENC, self.model, "-o", out, "--quiet", "--force")
        harness.run(out, "info")

    # ---- the executable

    def program(self) -> list[str]:
        return harness.compiled(self.model)

    def test_wrong_flags(self) -> None:
        for flags in (["--threads", "0"], ["--threads", "many"], ["--ctx", "0"], ["--temp", "-1"],
                      ["--nonsense"], ["bench", "extra"]):
            with self.subTest(flags=flags):
                self.fails(2, *self.program(), *flags, lines=None)

    def test_missing_prompt_file(self) -> None:
        self.fails(1, *self.program(), "run", "-f", self.folder / "none.txt", message="none.txt")

    def test_token_beyond_vocabulary(self) -> None:
        tokens = self.folder / "tokens"
        tokens.write_text("1 2 3 307 4 5 6 7")
        self.fails(1, *self.program(), "perplexity", tokens, "--tokens", "--ctx", 8, message="307")

    def test_prompt_longer_than_context(self) -> None:
        self.fails(1, *self.program(), "run", "--raw", "-p", "the cat " * 50, "--ctx", 16,
                   message="context")

    def test_context_beyond_memory(self) -> None:
        self.fails(1, *self.program(), "run", "--raw", "-p", "a", "--ctx", 1 << 29)

    def test_invalid_utf8_is_text(self) -> None:
        bad = self.folder / "bad.txt"
        bad.write_bytes(b"the \xff\xfe cat \xf0\x28")
        harness.run(*self.program(), "run", "--raw", "-f", bad, "-n", 4)

    def test_truncated_executable(self) -> None:
        cut = self.folder / "cut"
        cut.write_bytes(Path(self.program()[0]).read_bytes()[:-5000])
        cut.chmod(0o755)
        self.fails(1, cut, "info")

    def test_closed_pipe(self) -> None:
        child = subprocess.Popen([*self.program(), "run", "--raw", "-p", "the", "-n", "900",
                                  "--ignore-eos"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.read(1)
        child.stdout.close()
        self.assertEqual(child.stderr.read(), b"")
        self.assertEqual(child.wait(), 141)
        child.stderr.close()

    def test_interrupt(self) -> None:
        child = subprocess.Popen([*self.program(), "bench", "--reps", "100000"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=20), 130)

    def test_cpu_too_old(self) -> None:
        program = harness.compiled(self.model, "neoverse-n1")
        if program[0] != "qemu-aarch64":
            self.skipTest("needs qemu's choice of CPUs")
        program[program.index("-cpu") + 1] = "cortex-a72"
        self.fails(1, *program, "run", "--raw", "-p", "a", message="dotprod")


if __name__ == "__main__":
    harness.main()
