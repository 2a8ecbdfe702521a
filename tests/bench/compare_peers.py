#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Speed of our executables beside other programs', on the same files, in turn.

For each model, number of threads and measure (pp512: a prompt of 512 tokens; tg128@1024:
128 single tokens after 1024 others) every program runs once a round, A B A B, so that a
machine that slows down slows all of them. Prints medians and ratios, writes all samples
as JSON and a chart as SVG. Peers are programs with the flags and JSON of llama.cpp's
llama-bench, or of ik_llama.cpp's, which has -gp for decoding at a depth; each runs with
flash attention off and on, and after the first round with what was faster. A measure that
a peer cannot do is left out for it.

With --probe the memory's speed is measured too, between our run and the peers', and
decoding is given as a share of it: the tensors' bytes in the file plus the KV cache (fp16)
that a token reads on average, times tokens per second, over the probe of the same round,
because the memory of a machine that others share is not the same a minute later.

Example:
  build_llama_cpp.sh peers
  compare_peers.py --qwenc build/release/bin/qwenc --peer peers/bin/llama-bench \\
      --peer "ik_llama.cpp=ik/bin/llama-bench -rtr 1" \\
      --probe build/release/bin/bandwidth-probe --model smollm2-q4_0.gguf \\
      --model qwen2.5-0.5b-q4_0.gguf --json speed.json --chart speed.svg
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import functools
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import speed_chart

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "testdata"))
from gguf_file import GGUFReader  # noqa: E402

OURS = "qwenc"
GIB = 1 << 30
Samples = dict[tuple, list[float]]  # (program, model, threads, measure) -> tokens/s


@dataclasses.dataclass(frozen=True)
class Measure:
    pp: int = 0  # one of pp and tg is 0
    tg: int = 0
    depth: int = 0

    def __str__(self) -> str:
        return f"pp{self.pp}" if self.pp else f"tg{self.tg}@{self.depth}"


def output_of(command: list, may_fail: bool = False) -> str | None:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode == 0:
        return done.stdout
    message = (f"{' '.join(map(str, command))}\nended with {done.returncode}: "
               f"{done.stderr[-500:]}")
    if not may_fail:
        sys.exit(message)
    return None


def run_ours(program: Path, threads: int, m: Measure) -> float:
    result = json.loads(output_of([program, "bench", "--json", "--pp", m.pp, "--tg", m.tg,
                                   "--depth", m.depth, "--reps", 1, "--warmup", 1, "--threads",
                                   threads]))
    return result["pp" if m.pp else "tg"]["tok_per_s"]


@functools.cache
def takes_depth(program: str) -> bool:
    done = subprocess.run([program, "--help"], capture_output=True, text=True)
    return "--n-depth" in done.stdout + done.stderr


def run_peer(command: list[str], model: Path, threads: int, m: Measure,
             flash: int) -> float | None:
    what = ["-p", m.pp, "-n", m.tg]
    if m.depth:
        what = ([*what, "-d", m.depth] if takes_depth(command[0])
                else ["-p", 0, "-n", 0, "-gp", f"{m.depth},{m.tg}"])
    out = output_of([*command, "-m", model, *what, "-t", threads, "-r", 1, "-fa", flash, "-o",
                     "json"], may_fail=True)
    rows = json.loads(out) if out else []
    return rows[0]["avg_ts"] if rows else None


def machine() -> dict:
    """What the figures were measured on."""
    facts = {"cpu": platform.processor(), "cpus": len(os.sched_getaffinity(0)),
             "kernel": platform.release(), "date": datetime.date.today().isoformat(),
             "load_before": round(os.getloadavg()[0], 2)}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        if name == "model name":
            facts["cpu"] = value
        elif name in ("flags", "Features"):
            facts["simd"] = [f for f in value.split() if f.startswith(
                ("avx", "fma", "f16c", "asimd", "sve", "i8mm", "bf16"))]
    memory = Path("/proc/meminfo").read_text().split()
    facts["memory_gib"] = round(int(memory[memory.index("MemTotal:") + 1]) / 2**20, 1)
    return facts


def compile_models(qwenc: str, models: list[Path], mcpu: str | None,
                   folder: str) -> dict[Path, Path]:
    programs = {}
    for model in models:
        programs[model] = Path(folder) / model.stem
        flags = [f"--mcpu={mcpu}"] if mcpu else []
        output_of([qwenc, model, "-o", programs[model], "--quiet", *flags])
    return programs


def probe_file(folder: str) -> Path:
    """1 GiB in the page cache."""
    path = Path(folder) / "probe.bin"
    with open(path, "wb") as f:
        for _ in range(GIB >> 24):
            f.write(os.urandom(1 << 16) * 256)
    return path


def bytes_per_token(model: Path, m: Measure) -> float:
    """What decoding must read: every tensor, and K and V (fp16) of the tokens so far."""
    file = GGUFReader(model)
    tensors = sum(file.raw(name).nbytes for name in file.tensors)
    rows = sum(file.tensors[name].shape[0] for name in file.tensors
               if name.endswith(("attn_k.weight", "attn_v.weight")))
    return tensors + rows * 2 * (m.depth + m.tg / 2)


def fitting(model: Path, measures: list[Measure]) -> list[Measure]:
    """The measures that the model's context has room for."""
    metadata = GGUFReader(model).metadata
    context = metadata[f"{metadata['general.architecture']}.context_length"]
    return [m for m in measures if m.depth + m.pp + m.tg <= context]


def parse_peer(text: str) -> tuple[str, list[str]]:
    """[NAME=]PROGRAM [FLAG...]"""
    name, separator, command = text.partition("=")
    return (name, shlex.split(command)) if separator else ("llama.cpp", shlex.split(text))


def measure(a: argparse.Namespace, programs: dict[Path, Path], peers: dict[str, list[str]],
            measures: list[Measure], probed: Path | None) -> Samples:
    samples: Samples = collections.defaultdict(list)
    for number in range(a.rounds):
        for model, program in programs.items():
            for threads in a.threads:
                for m in fitting(model, measures):
                    key = (model.stem, threads, m)
                    samples[OURS, *key].append(run_ours(program, threads, m))
                    if probed and m.tg:
                        probe = json.loads(output_of([a.probe, probed, threads]))
                        samples["memory", *key].append(probe["gb_per_s"])
                    for name, command in peers.items():
                        modes = [flash for flash in (0, 1)
                                 if number == 0 or samples.get((f"{name} fa={flash}", *key))]
                        speeds = {flash: run_peer(command, model, threads, m, flash)
                                  for flash in modes}
                        speeds = {flash: s for flash, s in speeds.items() if s is not None}
                        if speeds:
                            best = max(speeds, key=speeds.get)
                            samples[f"{name} fa={best}", *key].append(speeds[best])
        print(f"round {number + 1} of {a.rounds}", file=sys.stderr, flush=True)
    return samples


def summarize(samples: Samples, models: list[Path], peers: list[str]) -> list[dict]:
    """One row a model, number of threads and measure."""
    medians = {key: statistics.median(values) for key, values in samples.items()}
    files = {model.stem: model for model in models}
    rows = []
    for (program, *key), ours in medians.items():
        model, threads, m = key
        if program != OURS:
            continue
        row = {"model": model, "threads": threads, "measure": str(m), OURS: round(ours, 2)}
        for peer in peers:
            best = max((medians.get((f"{peer} fa={flash}", *key), 0) for flash in (0, 1)))
            if best:
                row |= {peer: round(best, 2), f"ratio {peer}": round(ours / best, 3)}
        memory = samples.get(("memory", *key))
        if memory:
            needed = bytes_per_token(files[model], m) / 1e9
            speeds = samples[OURS, *key]
            row["share_of_memory"] = round(
                statistics.median(s * needed / gb for s, gb in zip(speeds, memory)), 3)
        rows.append(row)
    return rows


def print_table(rows: list[dict], peers: list[str]) -> None:
    heads = "".join(f" {p:>13} {'ratio':>6}" for p in peers)
    print(f"{'model':28} {'threads':>7} {'measure':>11} {OURS:>9}{heads} {'memory':>7}")
    for r in rows:
        cells = "".join(f" {r[p]:13.1f} {r[f'ratio {p}']:6.2f}" if p in r else f" {'-':>13} {'':6}"
                        for p in peers)
        share = f"{r['share_of_memory']:.0%}" if "share_of_memory" in r else ""
        print(f"{r['model']:28} {r['threads']:7} {r['measure']:>11} {r[OURS]:9.1f}{cells}"
              f" {share:>7}")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--qwenc", required=True)
    p.add_argument("--peer", type=parse_peer, action="append", default=[],
                   metavar="[NAME=]PROGRAM [FLAG...]", help="a llama-bench")
    p.add_argument("--probe", type=Path, help="bandwidth-probe of the build tree")
    p.add_argument("--model", type=Path, action="append", required=True)
    p.add_argument("--mcpu")
    p.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--pp", type=int, nargs="*", default=[128, 512, 2048])
    p.add_argument("--tg", type=int, default=128)
    p.add_argument("--depth", type=int, nargs="*", default=[0, 1024, 4096])
    p.add_argument("--json", type=Path)
    p.add_argument("--chart", type=Path, help="an SVG file")
    a = p.parse_args()

    peers = dict(a.peer)
    facts = machine()
    measures = [Measure(pp=n) for n in a.pp] + [Measure(tg=a.tg, depth=d) for d in a.depth]
    with tempfile.TemporaryDirectory() as folder:
        programs = compile_models(a.qwenc, a.model, a.mcpu, folder)
        probed = probe_file(folder) if a.probe else None
        samples = measure(a, programs, peers, measures, probed)
    rows = summarize(samples, a.model, list(peers))
    statement = (f"{facts['cpu']}, {facts['cpus']} CPUs, {facts['memory_gib']} GiB, Linux "
                 f"{facts['kernel']}, {facts['date']}; medians of {a.rounds} rounds in turn")
    print(statement)
    print_table(rows, list(peers))
    if a.json:
        report = {"machine": facts, "rounds": a.rounds, "rows": rows,
                  "samples": [{"program": k[0], "model": k[1], "threads": k[2],
                               "measure": str(k[3]), "values": v} for k, v in samples.items()]}
        a.json.write_text(json.dumps(report, indent=1) + "\n")
    if a.chart:
        a.chart.write_text(speed_chart.draw(rows, [OURS, *peers], statement))


if __name__ == "__main__":
    main()
