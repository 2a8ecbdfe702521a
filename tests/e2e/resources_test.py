#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory, sizes and times of a model of the shape of Qwen2.5-0.5B as Q4_0."""

import json
import os
import struct
import sys
import unittest

import harness
from harness import make_tiny_model

MIB = 1 << 20
COMPILE_SECONDS, COMPILE_BYTES = 20, 1024 * MIB
START_SECONDS = 0.080
CODE_BYTES = 2 * MIB
CONTEXT = 2048
# Beyond the file and the KV cache of the whole context.
SPARE_BYTES = 40 * MIB


# A child begins with the peak of the process it was forked from: this small one stands
# between, for ours has made a model.
MEASURE = """
import json, os, subprocess, sys, time
begin = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), time.monotonic() - begin, usage.ru_maxrss]))
os._exit(0)
"""


def measured(command: list) -> tuple[float, int]:
    """Seconds and peak resident bytes of a program that must succeed."""
    done = harness.run(sys.executable, "-S", "-c", MEASURE, *command)
    status, seconds, peak = json.loads(done.stdout)
    if status:
        raise AssertionError(f"{command} ended with {status}: {done.stderr.decode()}")
    return seconds, peak * 1024


class Resources(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.model = harness.tiny_model("qwen2.5-0.5b", "Q4_0")
        cls.out = harness.WORK / "bin" / "resources"
        cls.model.read_bytes()  # into the page cache
        cls.compile = measured([harness.QWENC, cls.model, "-o", cls.out, "--force", "--quiet"])

    def test_compiler(self) -> None:
        seconds, peak = self.compile
        print(f"compiled in {seconds:.1f} s with {peak / MIB:.0f} MiB", flush=True)
        self.assertLessEqual(seconds, COMPILE_SECONDS)
        self.assertLessEqual(peak, COMPILE_BYTES)

    def test_code_size(self) -> None:
        with open(self.out, "rb") as f:
            f.seek(-48, os.SEEK_END)
            trailer = f.read()
        self.assertEqual(trailer[40:], b"QWENPAY1")
        offset, weights, _, tokenizer, total = struct.unpack("<5Q", trailer[:40])
        self.assertEqual(total, self.out.stat().st_size)
        print(f"program {offset} bytes, weights {weights}, tokenizer {tokenizer}", flush=True)
        self.assertLessEqual(offset, CODE_BYTES)

    def test_memory(self) -> None:
        s = make_tiny_model.MODELS["qwen2.5-0.5b"]
        cache = CONTEXT * s.layers * 2 * s.kv_heads * s.head_dim * 2
        bar = self.model.stat().st_size + cache + SPARE_BYTES
        prompt = " ".join(["river"] * 300)
        _, peak = measured([self.out, "run", "--raw", "-p", prompt, "-n", 32, "--ignore-eos",
                            "--temp", 0, "--ctx", CONTEXT])
        print(f"resident {peak / MIB:.1f} MiB of {bar / MIB:.1f} MiB", flush=True)
        self.assertLessEqual(peak, bar)

    def test_start(self) -> None:
        command = [self.out, "run", "--raw", "-p", "a", "-n", 1, "--temp", 0]
        measured(command)
        best = min(measured(command)[0] for _ in range(7))
        print(f"start to end of a one-token answer: {best * 1000:.1f} ms", flush=True)
        self.assertLessEqual(best, START_SECONDS)


if __name__ == "__main__":
    harness.main()
