#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write the GGUF fuzzer's first inputs: tiny valid models and some broken ones.

  make_gguf_corpus.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "errors"))

from make_hostile_gguf import hostile_files, valid_files, write_files  # noqa: E402


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    write_files(folder, valid_files())
    broken = list(hostile_files())
    write_files(folder, iter(broken[::8]))


if __name__ == "__main__":
    main()
