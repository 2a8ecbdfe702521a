#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cycles that a token costs on an AArch64 CPU that is not at hand, as llvm-mca models it.

    modelled_cycles.py OUT --mcpu neoverse-n2 [--qemu-cpu max,sme=off]

runs the compiled model OUT under qemu-aarch64 with a plugin that counts executed blocks,
twice for each phase: prompts of 64 and 128 tokens, answers of 8 and 24. The difference of the
counts is the cost of the tokens in between, so that start-up falls out. Each block that
matters goes through llvm-mca, in steady state, and its cycles count as often as it ran.

README.md beside this file says what such numbers mean and what they leave out.
"""

import argparse
import collections
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Phase, flags of the shorter and the longer run of `OUT bench`, tokens in between.
PHASES = [("prefill", ["--pp", 64, "--tg", 0], ["--pp", 128, "--tg", 0], 64),
          ("decode", ["--pp", 0, "--tg", 8], ["--pp", 0, "--tg", 24], 16)]
BENCH = ["bench", "--reps", 1, "--warmup", 0, "--threads", 1]
# llvm-mca has no model of these; a prefetch costs what memory costs, which is left out.
UNMODELLED = ("mrs", "msr", "svc", "hint", "bti", "paciasp", "autiasp", "dmb", "isb", "prfm")
ITERATIONS = 100
# Instructions in blocks that are not modelled count as this many a cycle.
GUESSED_IPC = 4


def tool(name: str) -> str:
    """Path of an LLVM tool, of the LLVM that qwenc is built with or any other."""
    for candidate in (f"/usr/lib/llvm-22/bin/{name}", f"{name}-22", name):
        path = shutil.which(candidate)
        if path:
            return path
    sys.exit(f"modelled_cycles.py: {name} is not installed")


def build_plugin(folder: Path) -> Path:
    plugin = folder / "libBlockCounts.so"
    source = Path(__file__).with_name("BlockCounts.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", plugin, source], check=True)
    return plugin


def count_blocks(program: Path, flags: list, qemu_cpu: str, plugin: Path) -> collections.Counter:
    """Executions by (address, code in hex)."""
    output = plugin.with_name("blocks.txt")
    command = ["qemu-aarch64", "-cpu", qemu_cpu, "-plugin", f"{plugin},out={output}", program,
               *BENCH, *flags]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"modelled_cycles.py: {' '.join(map(str, command))}: {done.stderr.strip()}")
    counts = collections.Counter()
    for line in output.read_text().splitlines():
        address, executions, code = line.split()
        counts[int(address, 16), code] += int(executions)
    return counts


def disassemble(code: str) -> list[str]:
    data = " ".join("0x" + code[i:i + 2] for i in range(0, len(code), 2))
    done = subprocess.run([tool("llvm-mc"), "--disassemble", "--triple=aarch64", "--mattr=+all"],
                          input=data, capture_output=True, text=True, check=True)
    lines = (line.strip() for line in done.stdout.splitlines())
    return [line for line in lines if line and not line.startswith(".")]


def cycles_of(assembly: list[str], mcpu: str) -> float | None:
    """Cycles of one pass through a block that repeats; None if llvm-mca cannot say."""
    kept = [line for line in assembly if not line.startswith(UNMODELLED)]
    done = subprocess.run([tool("llvm-mca"), "--mtriple=aarch64", f"--mcpu={mcpu}",
                           "--mattr=+all", "--json", f"--iterations={ITERATIONS}"],
                          input="\n".join(kept), capture_output=True, text=True)
    if not done.stdout.strip():
        return None
    summary = json.loads(done.stdout)["CodeRegions"][0]["SummaryView"]
    return summary["TotalCycles"] / ITERATIONS


def model(counts: collections.Counter, mcpu: str, cover: float) -> dict:
    """Sums over the blocks that hold `cover` of all instructions, scaled to all."""
    length = lambda code: len(code) // 8
    blocks = sorted(((n * length(code), address, code, n)
                     for (address, code), n in counts.items() if n > 0), reverse=True)
    total = sum(block[0] for block in blocks)
    covered, cycles, guessed, rows = 0, 0.0, 0, []
    for instructions, address, code, executions in blocks:
        if covered >= cover * total:
            break
        covered += instructions
        assembly = disassemble(code)
        once = cycles_of(assembly, mcpu)
        if once is None:
            guessed += instructions
            once = length(code) / GUESSED_IPC
        cycles += once * executions
        names = collections.Counter(line.split()[0] for line in assembly)
        rows.append({"address": address, "instructions": length(code), "cycles": once,
                     "executions": executions, "total": once * executions,
                     "mnemonics": dict(names.most_common(6))})
    rows.sort(key=lambda row: -row["total"])
    return {"instructions": total, "cycles": cycles * total / max(covered, 1),
            "guessed_share": guessed / max(total, 1), "blocks": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="a model compiled by qwenc for AArch64")
    parser.add_argument("--mcpu", required=True, help="the CPU that llvm-mca models")
    parser.add_argument("--qemu-cpu", default="max,sme=off")
    parser.add_argument("--phase", choices=[phase[0] for phase in PHASES])
    parser.add_argument("--cover", type=float, default=0.99,
                        help="share of the instructions to model (default: 0.99)")
    parser.add_argument("--top", type=int, default=10, help="blocks to list (default: 10)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    results = {}
    with tempfile.TemporaryDirectory() as folder:
        plugin = build_plugin(Path(folder))
        for phase, shorter, longer, tokens in PHASES:
            if args.phase not in (None, phase):
                continue
            counts = count_blocks(args.program.resolve(), longer, args.qemu_cpu, plugin)
            counts.subtract(count_blocks(args.program.resolve(), shorter, args.qemu_cpu, plugin))
            results[phase] = {"tokens": tokens, **model(counts, args.mcpu, args.cover)}
    if args.json:
        print(json.dumps(results))
        return
    for phase, result in results.items():
        per_token = [result[key] / result["tokens"] / 1e6 for key in ("cycles", "instructions")]
        print(f"{phase} on {args.mcpu}: {per_token[0]:.2f} M modelled cycles a token, "
              f"{per_token[1]:.2f} M instructions ({result['guessed_share']:.1%} not modelled)")
        for row in result["blocks"][:args.top]:
            names = " ".join(f"{name}:{count}" for name, count in row["mnemonics"].items())
            print(f"  {row['total'] / result['cycles']:6.1%}  {row['address']:#x}  "
                  f"{row['instructions']:4d} instructions  {row['cycles']:6.1f} cycles  "
                  f"x {row['executions']:<9d} {names}")


if __name__ == "__main__":
    main()
