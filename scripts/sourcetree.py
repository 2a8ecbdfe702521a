"""The files of the project, for the check_* scripts."""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent


def tracked():
    """Paths, relative to the root, of the files that git tracks or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True).stdout
    names = sorted(set(listing.decode().split("\0")) - {""})
    return [pathlib.Path(name) for name in names if (ROOT / name).is_file()]


def sources(*suffixes):
    """Yields (path, text) of the tracked files with one of the suffixes."""
    for path in tracked():
        if path.suffix in suffixes:
            yield path, (ROOT / path).read_text(encoding="utf-8")
