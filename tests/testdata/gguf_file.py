# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A GGUF reader and writer in plain Python and numpy.

The tests' own view of the format, independent of the C++ reader that they
check. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import dataclasses
import mmap
import struct
from pathlib import Path
from typing import Callable

import numpy as np

import block_formats

MAGIC = b"GGUF"
VERSION = 3
ALIGNMENT = 32

# Metadata value types and the struct code of the plain ones.
PLAIN = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9


@dataclasses.dataclass(frozen=True)
class TensorInfo:
    """`shape` is in numpy order: (rows, row length); `start` is a file offset."""
    name: str
    shape: tuple[int, ...]
    type: block_formats.BlockFormat
    start: int

    @property
    def row_bytes(self) -> int:
        return self.shape[-1] // self.type.elements * self.type.bytes


class GGUFReader:
    """Maps a file; decodes tensors to float32 on demand."""

    def __init__(self, path: str | Path):
        with open(path, "rb") as f:
            self._bytes = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
        self._at = 0
        if self._take(4) != MAGIC:
            raise ValueError(f"{path}: no GGUF file")
        version, tensors, pairs = self._plain("I"), self._plain("Q"), self._plain("Q")
        if version not in (2, 3):
            raise ValueError(f"{path}: GGUF version {version}")
        self.metadata = {self._string(): self._value(self._plain("I")) for _ in range(pairs)}
        heads = [self._tensor_head() for _ in range(tensors)]
        align = self.metadata.get("general.alignment", ALIGNMENT)
        data = -(-self._at // align) * align
        self.tensors = {
            name: TensorInfo(name, shape, block_formats.BY_NUMBER[kind], data + offset)
            for name, shape, kind, offset in heads
        }

    def raw(self, name: str) -> np.ndarray:
        """The stored bytes of a tensor: uint8 [rows][row bytes]."""
        t = self.tensors[name]
        rows = int(np.prod(t.shape[:-1], dtype=np.int64))
        flat = np.frombuffer(self._bytes, np.uint8, rows * t.row_bytes, t.start)
        return flat.reshape(rows, t.row_bytes)

    def decoded(self, name: str) -> np.ndarray:
        """The tensor's values as float32, exactly those the format stands for."""
        t = self.tensors[name]
        return t.type.decode(self.raw(name)).reshape(t.shape)

    def _take(self, n: int) -> bytes:
        self._at += n
        if self._at > len(self._bytes):
            raise ValueError("file ends inside its header")
        return self._bytes[self._at - n:self._at]

    def _plain(self, code: str):
        return struct.unpack("<" + code, self._take(struct.calcsize("<" + code)))[0]

    def _string(self) -> str:
        return self._take(self._plain("Q")).decode("utf-8", "surrogateescape")

    def _value(self, kind: int):
        if kind == STRING:
            return self._string()
        if kind == ARRAY:
            element, count = self._plain("I"), self._plain("Q")
            if element in PLAIN:
                size = struct.calcsize("<" + PLAIN[element])
                return list(struct.unpack(f"<{count}{PLAIN[element]}", self._take(size * count)))
            return [self._value(element) for _ in range(count)]
        return self._plain(PLAIN[kind])

    def _tensor_head(self):
        name = self._string()
        dims = [self._plain("Q") for _ in range(self._plain("I"))]
        return name, tuple(reversed(dims)), self._plain("I"), self._plain("Q")


def _packed_string(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return struct.pack("<Q", len(raw)) + raw


def _packed_value(value) -> bytes:
    """Type number and value; ints become uint32, lists take their first element's type."""
    if isinstance(value, bool):
        return struct.pack("<I?", BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", FLOAT32, value)
    if isinstance(value, str):
        return struct.pack("<I", STRING) + _packed_string(value)
    if isinstance(value[0], str):
        body = b"".join(map(_packed_string, value))
        return struct.pack("<IIQ", ARRAY, STRING, len(value)) + body
    return struct.pack(f"<IIQ{len(value)}i", ARRAY, INT32, len(value), *value)


@dataclasses.dataclass(frozen=True)
class NewTensor:
    """A tensor to write; `make` gives its stored bytes when their turn comes, so that
    a large model needs no more memory than its largest tensor."""
    name: str
    shape: tuple[int, ...]  # numpy order
    type: block_formats.BlockFormat
    make: Callable[[], np.ndarray]  # uint8, any shape

    @property
    def bytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) // self.type.elements * self.type.bytes


def gguf_header(metadata: dict, tensors: list[NewTensor], version: int = VERSION) -> bytes:
    """All that comes before the first tensor's data."""
    header = MAGIC + struct.pack("<IQQ", version, len(tensors), len(metadata))
    for key, value in metadata.items():
        header += _packed_string(key) + _packed_value(value)
    offset = 0
    for t in tensors:
        header += _packed_string(t.name)
        header += struct.pack(f"<I{len(t.shape)}Q", len(t.shape), *reversed(t.shape))
        header += struct.pack("<IQ", t.type.number, offset)
        offset += t.bytes + -t.bytes % ALIGNMENT
    return header + bytes(-len(header) % ALIGNMENT)


def write_gguf(path: str | Path, metadata: dict, tensors: list[NewTensor],
               version: int = VERSION) -> None:
    with open(path, "wb") as f:
        f.write(gguf_header(metadata, tensors, version))
        for t in tensors:
            stored = t.make()
            assert stored.nbytes == t.bytes, f"{t.name}: {stored.nbytes} bytes, not {t.bytes}"
            f.write(stored.tobytes() + bytes(-t.bytes % ALIGNMENT))
