#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write the safetensors fuzzer's first inputs.

  make_safetensors_corpus.py FOLDER
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path


def file_of(header: object, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)

    def entry(dtype: str, shape: list[int], begin: int, end: int) -> dict:
        return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}

    files = {
        "empty": file_of({}, b""),
        "one": file_of({"a": entry("F32", [1, 2], 0, 8)}, bytes(8)),
        "two": file_of({"__metadata__": {"format": "pt"}, "a": entry("F16", [3], 0, 6),
                        "b": entry("BF16", [2, 1], 6, 10)}, bytes(10)),
        "none": file_of({"a": entry("U8", [0, 7], 0, 0)}, b""),
        "gap": file_of({"a": entry("U8", [1], 1, 2)}, bytes(2)),
        "deep": file_of({"a": {"shape": [[[[[[]]]]]]}}, b""),
        "huge": file_of({"a": entry("F64", [1 << 62, 8], 0, 1 << 62)}, b""),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
