#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Speed of our executables beside llama.cpp's, on the same files, in turn.

Each round runs every program once per model and number of threads, A B A B, so
that a machine that slows down slows all of them. Prints medians and ratios, and
writes all samples as JSON. llama.cpp runs with flash attention off and on, and
the better median counts.

Example:
  build_llama_cpp.sh peers
  compare_peers.py --qwenc build/release/bin/qwenc --peer peers/bin/llama-bench \\
      --model smollm2-q4_0.gguf --model qwen2.5-0.5b-q4_0.gguf --json speed.json
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

OURS, PEER = "qwenc", "llama.cpp"
Samples = dict[tuple, list[float]]  # (program, model, threads, measure) -> tokens/s


def output_of(command: list) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}: "
                 f"{done.stderr[-500:]}")
    return done.stdout


def run_ours(program: Path, threads: int, pp: int, tg: int, depth: int) -> dict[str, float]:
    result = json.loads(output_of([program, "bench", "--json", "--pp", pp, "--tg", tg, "--depth",
                                   depth, "--reps", 1, "--warmup", 1, "--threads", threads]))
    return {f"{key}{n}": result[key]["tok_per_s"] for key, n in (("pp", pp), ("tg", tg)) if n}


def run_peer(program: Path, model: Path, threads: int, pp: int, tg: int, depth: int,
             flash: int) -> dict[str, float]:
    rows = json.loads(output_of([program, "-m", model, "-p", pp, "-n", tg, "-d", depth, "-t",
                                 threads, "-r", 1, "-fa", flash, "-o", "json"]))
    return {(f"pp{r['n_prompt']}" if r["n_prompt"] else f"tg{r['n_gen']}"): r["avg_ts"]
            for r in rows}


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def compile_models(qwenc: str, models: list[Path], mcpu: str | None,
                   folder: str) -> dict[Path, Path]:
    programs = {}
    for model in models:
        programs[model] = Path(folder) / model.stem
        flags = [f"--mcpu={mcpu}"] if mcpu else []
        output_of([qwenc, model, "-o", programs[model], "--quiet", *flags])
    return programs


def measure(a: argparse.Namespace, programs: dict[Path, Path]) -> Samples:
    samples: Samples = collections.defaultdict(list)

    def keep(program: str, model: Path, threads: int, speeds: dict[str, float]) -> None:
        for name, speed in speeds.items():
            samples[program, model.stem, threads, name].append(speed)

    for number in range(a.rounds):
        for model, program in programs.items():
            for threads in a.threads:
                keep(OURS, model, threads, run_ours(program, threads, a.pp, a.tg, a.depth))
                for flash in (0, 1) if a.peer else ():
                    keep(f"{PEER} fa={flash}", model, threads,
                         run_peer(a.peer, model, threads, a.pp, a.tg, a.depth, flash))
        print(f"round {number + 1} of {a.rounds}", file=sys.stderr, flush=True)
    return samples


def summarize(samples: Samples) -> list[dict]:
    """One row a model, number of threads and measure."""
    medians = {key: statistics.median(values) for key, values in samples.items()}
    rows = []
    for (program, model, threads, name), ours in medians.items():
        if program != OURS:
            continue
        peers = [m for key, m in medians.items()
                 if key[0] != OURS and key[1:] == (model, threads, name)]
        row = {"model": model, "threads": threads, "measure": name, OURS: round(ours, 2)}
        if peers:
            row |= {PEER: round(max(peers), 2), "ratio": round(ours / max(peers), 3)}
        rows.append(row)
    return rows


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--qwenc", required=True)
    p.add_argument("--peer", type=Path, help="llama-bench; without it only ours is measured")
    p.add_argument("--model", type=Path, action="append", required=True)
    p.add_argument("--mcpu")
    p.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--pp", type=int, default=512)
    p.add_argument("--tg", type=int, default=128)
    p.add_argument("--depth", type=int, default=0)
    p.add_argument("--json", type=Path)
    a = p.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        samples = measure(a, compile_models(a.qwenc, a.model, a.mcpu, folder))
    rows = summarize(samples)
    print(f"{'model':28} {'threads':>7} {'measure':>8} {OURS:>9} {PEER:>10} {'ratio':>6}")
    for r in rows:
        print(f"{r['model']:28} {r['threads']:7} {r['measure']:>8} {r[OURS]:9.1f} "
              f"{r.get(PEER, 0):10.1f} {r.get('ratio', 0):6.2f}")
    if a.json:
        report = {"cpu": cpu_name(), "cpus": os.cpu_count(), "rounds": a.rounds, "depth": a.depth,
                  "rows": rows,
                  "samples": [{"program": k[0], "model": k[1], "threads": k[2], "measure": k[3],
                               "tok_per_s": v} for k, v in samples.items()]}
        a.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
