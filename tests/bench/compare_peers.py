#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Speed of our executables beside llama.cpp's, on the same files, in turn.

Each round runs every program once per model and number of threads, A B A B, so
that a machine that slows down slows all of them. Prints medians and ratios, and
writes all samples as JSON. llama.cpp runs with flash attention off and on, and
the better median counts. With --probe the memory's speed is measured in each round
too, and decoding is given as a share of it: the tensors' bytes in the file plus the
KV cache that a token reads on average, times tokens per second.

Example:
  build_llama_cpp.sh peers
  compare_peers.py --qwenc build/release/bin/qwenc --peer peers/bin/llama-bench \\
      --probe build/release/bin/bandwidth-probe \\
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "testdata"))
from gguf_file import GGUFReader  # noqa: E402

OURS, PEER = "qwenc", "llama.cpp"
GIB = 1 << 30
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


def probe_file(folder: str) -> Path:
    """1 GiB in the page cache."""
    path = Path(folder) / "probe.bin"
    with open(path, "wb") as f:
        for _ in range(GIB >> 24):
            f.write(os.urandom(1 << 16) * 256)
    return path


def bytes_per_token(model: Path, tg: int, depth: int) -> float:
    """What decoding must read: every tensor, and K and V (fp16) of the tokens so far."""
    file = GGUFReader(model)
    tensors = sum(file.raw(name).nbytes for name in file.tensors)
    rows = sum(file.tensors[name].shape[0] for name in file.tensors
               if name.endswith(("attn_k.weight", "attn_v.weight")))
    return tensors + rows * 2 * (depth + tg / 2)


def measure(a: argparse.Namespace, programs: dict[Path, Path], probed: Path | None) -> Samples:
    samples: Samples = collections.defaultdict(list)

    def keep(program: str, model: Path, threads: int, speeds: dict[str, float]) -> None:
        for name, speed in speeds.items():
            samples[program, model.stem, threads, name].append(speed)

    for number in range(a.rounds):
        for model, program in programs.items():
            for threads in a.threads:
                keep(OURS, model, threads, run_ours(program, threads, a.pp, a.tg, a.depth))
                if probed:
                    speed = json.loads(output_of([a.probe, probed, threads]))["gb_per_s"]
                    keep("memory", model, threads, {"gb_per_s": speed})
                for flash in (0, 1) if a.peer else ():
                    keep(f"{PEER} fa={flash}", model, threads,
                         run_peer(a.peer, model, threads, a.pp, a.tg, a.depth, flash))
        print(f"round {number + 1} of {a.rounds}", file=sys.stderr, flush=True)
    return samples


def summarize(samples: Samples, read: dict[str, float]) -> list[dict]:
    """One row a model, number of threads and measure; `read`: bytes a token by model."""
    medians = {key: statistics.median(values) for key, values in samples.items()}
    rows = []
    for (program, model, threads, name), ours in medians.items():
        if program != OURS:
            continue
        peers = [m for key, m in medians.items()
                 if key[0].startswith(PEER) and key[1:] == (model, threads, name)]
        row = {"model": model, "threads": threads, "measure": name, OURS: round(ours, 2)}
        if peers:
            row |= {PEER: round(max(peers), 2), "ratio": round(ours / max(peers), 3)}
        memory = samples.get(("memory", model, threads, "gb_per_s"))
        if memory and name.startswith("tg"):
            row["share_of_memory"] = round(ours * read[model] / 1e9 / max(memory), 3)
        rows.append(row)
    return rows


def print_table(rows: list[dict]) -> None:
    print(f"{'model':28} {'threads':>7} {'measure':>8} {OURS:>9} {PEER:>10} {'ratio':>6} "
          f"{'memory':>7}")
    for r in rows:
        ratio = f"{r['ratio']:.2f}" if "ratio" in r else ""
        share = f"{r['share_of_memory']:.0%}" if "share_of_memory" in r else ""
        print(f"{r['model']:28} {r['threads']:7} {r['measure']:>8} {r[OURS]:9.1f} "
              f"{r.get(PEER, 0):10.1f} {ratio:>6} {share:>7}")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--qwenc", required=True)
    p.add_argument("--peer", type=Path, help="llama-bench; without it only ours is measured")
    p.add_argument("--probe", type=Path, help="bandwidth-probe of the build tree")
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
        programs = compile_models(a.qwenc, a.model, a.mcpu, folder)
        samples = measure(a, programs, probe_file(folder) if a.probe else None)
    read = {model.stem: bytes_per_token(model, a.tg, a.depth) for model in a.model}
    rows = summarize(samples, read)
    print_table(rows)
    if a.json:
        report = {"cpu": cpu_name(), "cpus": os.cpu_count(), "rounds": a.rounds, "depth": a.depth,
                  "rows": rows,
                  "samples": [{"program": k[0], "model": k[1], "threads": k[2], "measure": k[3],
                               "values": v} for k, v in samples.items()]}
        a.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
