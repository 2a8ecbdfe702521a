#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Run a program on every broken GGUF file and hold it to the rules for errors.

  hostile_gguf_test.py [--sample N] [--memory MIB] [--valid] PROGRAM [ARGUMENT...]

PROGRAM FILE -o OUT must end with status 1 and exactly one line on standard error
that names the file, print nothing else, leave no file behind, end in seconds and
stay within the memory limit: no count of a stranger's may become an allocation.
--sample takes N files, spread over all kinds; --valid first runs the valid models
that the broken ones were made from (status 0).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from make_hostile_gguf import hostile_files, valid_files, write_files

# Each takes milliseconds; a machine that is busy or reads from a slow disk has been
# seen to need half a minute.
TIMEOUT_SECONDS = 120


def run(program: list[str], file: Path, folder: Path, memory_mib: int | None):
    def limit() -> None:
        if memory_mib:
            resource.setrlimit(resource.RLIMIT_AS, (memory_mib << 20, memory_mib << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return subprocess.run([*program, str(file), "-o", str(folder / "out")], cwd=folder,
                          stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=limit,
                          timeout=TIMEOUT_SECONDS, check=False)


def faults(program: list[str], file: Path, memory_mib: int | None) -> list[str]:
    """What the program did wrong with one broken file."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = run(program, file, Path(folder), memory_mib)
        except subprocess.TimeoutExpired:
            return [f"still running after {TIMEOUT_SECONDS} s"]
        left = os.listdir(folder)
    errors = done.stderr.decode("utf-8", "replace")
    wrong = []
    if done.returncode != 1:
        wrong.append(f"status {done.returncode}, expected 1")
    if not errors.endswith("\n") or len(errors.splitlines()) != 1:
        wrong.append("not exactly one line on standard error")
    if not errors.startswith(f"qwenc: error: {file}: "):
        wrong.append(f"the line does not begin with 'qwenc: error: {file}: '")
    if len(errors) > 2000:
        wrong.append(f"a line of {len(errors)} characters")
    if any(ord(c) < 32 for c in errors.rstrip("\n")):
        wrong.append("control characters on standard error")
    if done.stdout:
        wrong.append("text on standard output")
    if left:
        wrong.append(f"left behind: {' '.join(left)}")
    if wrong:
        wrong.append("standard error: " + repr(errors[:2000]))
    return wrong


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--sample", type=int, metavar="N")
    p.add_argument("--memory", type=int, metavar="MIB", help="address space of PROGRAM")
    p.add_argument("--valid", action="store_true")
    p.add_argument("program", nargs=argparse.REMAINDER)
    a = p.parse_args()
    if not a.program:
        p.error("which program?")
    a.program[0] = os.path.abspath(a.program[0])
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(Path(folder), hostile_files())
        total = len(paths)
        if a.sample and a.sample < total:
            paths = [paths[i * total // a.sample] for i in range(a.sample)]
        if a.valid:
            for path in write_files(Path(folder), valid_files()):
                with tempfile.TemporaryDirectory() as out:
                    done = run(a.program, path, Path(out), a.memory)
                if done.returncode != 0:
                    failed += 1
                    print(f"{path.name}: status {done.returncode}, expected 0: {done.stderr!r}")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for path, wrong in zip(paths, pool.map(lambda f: faults(a.program, f, a.memory), paths)):
                if wrong:
                    failed += 1
                    print(f"{path.name}:", *wrong, sep="\n  ")
    print(f"{len(paths)} of {total} broken files, {failed} failures")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
