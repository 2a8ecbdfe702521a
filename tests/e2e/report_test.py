#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What --report says: sums that add up, sizes that are those of the executable, figures
that follow the CPU and the bandwidth, one page that needs nothing else."""

import html.parser
import json
import shutil
import tempfile
import unittest
from pathlib import Path

import harness

PHASES = ("prefill", "decode")


class Links(html.parser.HTMLParser):
    """Collects what a page would fetch, checks that elements close in order."""
    VOID = {"meta", "br"}

    def __init__(self) -> None:
        super().__init__()
        self.open, self.fetched, self.ids, self.wrong = [], [], [], []

    def handle_starttag(self, tag, attributes) -> None:
        values = dict(attributes)
        self.fetched += [values[a] for a in ("src", "href") if a in values
                         and not values[a].startswith("#")]
        self.ids += [values["id"]] if "id" in values else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes) -> None:
        pass

    def handle_endtag(self, tag) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


class Report(unittest.TestCase):
    def setUp(self) -> None:
        harness.WORK.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=harness.WORK))
        self.addCleanup(shutil.rmtree, self.folder)
        self.model = harness.tiny_model("tiny-qwen2", "Q4_0")

    def compile(self, report: str, *flags, emit: str = "mlir", check: bool = True):
        """Compiles to a file that nobody reads."""
        return harness.run(harness.QWENC, self.model, f"--emit={emit}", "--report", report,
                           "-o", self.folder / "out", "--force", "--quiet", *flags, check=check)

    def report(self, *flags, emit: str = "mlir") -> dict:
        return json.loads(self.compile("-", *flags, emit=emit).stdout)

    def check_sums(self, cpu: dict) -> None:
        for name in PHASES:
            phase = cpu["phases"][name]
            operations = phase["operations"]
            self.assertAlmostEqual(sum(op["share"] for op in operations), 1, places=6)
            self.assertAlmostEqual(sum(op["seconds"] for op in operations) /
                                   phase["seconds_one_core"], 1, places=6)
            self.assertEqual(sum(op["barriers"] for op in operations), phase["barriers"])
            predicted = phase["predicted"]
            self.assertEqual(predicted[0]["cores"], 1)
            self.assertAlmostEqual(predicted[0]["tok_per_s"] * phase["seconds_one_core"] /
                                   phase["tokens"], 1, places=6)
            speeds = [p["tok_per_s"] for p in predicted]
            self.assertEqual(speeds, sorted(speeds))
            self.assertGreater(speeds[0], 0)
        memory = cpu["memory"]
        parts = ("weights", "kv", "arena_shared", "code", "tokenizer", "logits", "runtime")
        self.assertEqual(memory["total_bytes"], sum(memory[f"{p}_bytes"] for p in parts) +
                         memory["arena_thread_bytes"] * memory["threads"])
        self.assertEqual(memory["kv_bytes"],
                         memory["kv_bytes_per_token"] * memory["kv_positions"])

    def test_is_the_executable(self) -> None:
        out = self.folder / "out"
        report = self.report("--mcpu=native", emit="exe")
        self.assertEqual(report["schema"], 1)
        (cpu,) = report["cpus"]
        self.check_sums(cpu)
        info = json.loads(harness.run(out, "info", "--json").stdout)
        self.assertEqual(cpu["memory"]["weights_bytes"], info["weights_bytes"])
        self.assertEqual(cpu["memory"]["tokenizer_bytes"], info["tokenizer_bytes"])
        self.assertEqual(cpu["memory"]["kv_bytes_per_token"], info["kv_bytes_per_token"])
        self.assertEqual(cpu["memory"]["code_bytes"], info["code_bytes"])
        types = {}
        for tensor in cpu["tensors"]:
            types[tensor["type"]] = types.get(tensor["type"], 0) + 1
            self.assertTrue(tensor["decode_kernel"], tensor)
            self.assertTrue(tensor["prefill_kernel"], tensor)
            self.assertTrue(tensor["why"], tensor)
        self.assertEqual(types, info["formats"])
        packed = sum(tensor["bytes"] for tensor in cpu["tensors"])
        self.assertLessEqual(packed, info["weights_bytes"])

    def test_follows_the_cache(self) -> None:
        cache = self.report("--mcpu=native", "--kv-type=q8", emit="exe")["cpus"][0]
        info = json.loads(harness.run(self.folder / "out", "info", "--json").stdout)
        self.assertEqual(cache["memory"]["kv_bytes_per_token"], info["kv_bytes_per_token"])

    def test_follows_the_cpu(self) -> None:
        report = self.report("--mcpu=cortex-a72,neoverse-n1", emit="asm")
        cpus = {cpu["cpu"]: cpu for cpu in report["cpus"]}
        self.assertEqual(set(cpus), {"cortex-a72", "neoverse-n1"})
        for cpu in cpus.values():
            self.check_sums(cpu)
            self.assertTrue(cpu["machine"]["known"])
            for kernel in cpu["kernels"]:
                self.assertGreater(kernel.get("macs_per_cycle", 0), 0, kernel)
                self.assertLessEqual(kernel["peak_share"], 1.0001, kernel)
                if "panel_bytes" in kernel:
                    self.assertTrue(kernel["fits_l1"], kernel)

        # Each tile was chosen by a model, and nothing that was left is cheaper by 1 %.
        for cpu, model in ("cortex-a72", "cortex-a72"), ("neoverse-n1", "neoverse-n1"):
            for kernel in (k for k in cpus[cpu]["kernels"] if len(k.get("tiles", [])) > 1):
                self.assertIn(f"scheduling model of {model}", kernel["tile_reason"])
                speeds = [tile["macs_per_cycle"] for tile in kernel["tiles"]]
                self.assertEqual(speeds[1:], sorted(speeds[1:], reverse=True))
                self.assertGreaterEqual(speeds[0], 0.989 * max(speeds))  # of two digits each
                if speeds[0] < max(speeds):
                    self.assertIn("the table's row, within 1 %", kernel["tile_reason"])
                self.assertIn(f"_{kernel['tiles'][0]['tile']}_", kernel["name"])

        def cycles(name: str) -> float:
            operations = cpus[name]["phases"]["prefill"]["operations"]
            return sum(op["cycles"] or 0 for op in operations)
        self.assertLess(cycles("neoverse-n1"), cycles("cortex-a72"))

    def test_lent_models_and_unknown_machines(self) -> None:
        machine = self.report("--mcpu=cortex-a76")["cpus"][0]["machine"]
        self.assertEqual(machine["modelled_as"], "neoverse-n1")
        machine = self.report("--mcpu=x86-64-v3")["cpus"][0]["machine"]
        self.assertFalse(machine["known"])
        self.assertEqual(machine["bandwidth_source"], "default")

    def test_bandwidth_bounds_decoding(self) -> None:
        def slow(gbs: float) -> dict:
            return self.report("--mcpu=neoverse-n1", f"--bandwidth-gbs={gbs}")["cpus"][0]
        cpu = slow(0.001)
        self.assertEqual(cpu["machine"]["bandwidth_source"], "--bandwidth-gbs")
        decode = cpu["phases"]["decode"]
        bounds = {op["bound"] for op in decode["operations"] if op["macs"]}
        self.assertEqual(bounds, {"memory"})
        moved = sum(op["bytes"] for op in decode["operations"])
        self.assertAlmostEqual(decode["seconds_one_core"] / (moved / 1e6), 1, places=6)
        # With twice the bandwidth memory-bound work is twice as fast, on any cores.
        for one, two in zip(decode["predicted"], slow(0.002)["phases"]["decode"]["predicted"]):
            self.assertAlmostEqual(two["tok_per_s"] / one["tok_per_s"], 2, places=3)

    def test_page(self) -> None:
        file = self.folder / "report.html"
        self.compile(str(file), "--mcpu=cortex-a72,neoverse-n1")
        text = file.read_text()
        page = Links()
        page.feed(text)
        self.assertEqual(page.fetched, [])
        self.assertEqual(page.wrong, [])
        self.assertEqual(page.open, [])
        self.assertEqual(set(page.ids), {"cortex-a72", "neoverse-n1"})
        self.assertIn('name="viewport"', text)
        self.assertIn("prefers-color-scheme", text)
        self.assertNotIn("url(", text)
        self.compile(str(file), "--mcpu=cortex-a72")  # our own: replaced
        self.assertNotIn("neoverse-n1", file.read_text())

    def test_wrong_usage(self) -> None:
        for flags, message in ((["--report=x.txt"], "ends in .json or .html"),
                               (["--report=-", "--emit=mlir:graph"], "no kernels"),
                               (["--report=-", "--emit=mlir", "-o", "-"], "would mix"),
                               (["--report=-", "--bandwidth-gbs=0"], "more than 0")):
            done = harness.run(harness.QWENC, self.model, "--mcpu=cortex-a72", *flags, check=False)
            self.assertEqual(done.returncode, 2, flags)
            self.assertIn(message, done.stderr.decode())
            self.assertEqual(len(done.stderr.decode().strip().splitlines()), 1)


if __name__ == "__main__":
    harness.main()
