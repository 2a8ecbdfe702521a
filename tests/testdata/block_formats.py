# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""GGUF tensor types in numpy: block layout, decoder and a plain encoder.

A second, independent statement of what support/quant says in C++. Decoders are
exact: the float32 values a stored block stands for. Encoders follow the obvious
rule of each format (largest magnitude, or range) and are made for tests.

Block layouts (little-endian, one row after the other):
  Q4_0  fp16 scale, 16 bytes: byte j holds element j (low) and j + 16 (high), minus 8
  Q4_1  fp16 scale, fp16 minimum, 16 bytes of nibbles as above
  Q8_0  fp16 scale, 32 int8
  Q6_K  256 elements: 128 bytes of low nibbles, 64 bytes of upper bit pairs,
        16 int8 scales of 16 elements each, one fp16 scale
"""

from __future__ import annotations

import dataclasses
from typing import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class BlockFormat:
    name: str
    number: int    # ggml_type
    elements: int  # in a block
    bytes: int     # of a block
    decode: Callable[[np.ndarray], np.ndarray]  # uint8 [rows][bytes] -> float32 [rows][k]
    encode: Callable[[np.ndarray], np.ndarray]  # float32 [rows][k] -> uint8 [rows][bytes]


def _halves(raw: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(raw).view("<f2").astype(np.float32)


def _half_bytes(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.astype("<f2")).view(np.uint8)


def _inverse(x: np.ndarray) -> np.ndarray:
    return np.divide(np.float32(1), x, out=np.zeros_like(x), where=x != 0)


def _extreme(x: np.ndarray) -> np.ndarray:
    """The element of largest magnitude along the last axis, with its sign."""
    return np.take_along_axis(x, np.abs(x).argmax(-1)[..., None], -1)


def _f32_decode(raw):
    return np.ascontiguousarray(raw).view("<f4").astype(np.float32)


def _f32_encode(x):
    return np.ascontiguousarray(x.astype("<f4")).view(np.uint8)


def _bf16_decode(raw):
    wide = np.ascontiguousarray(raw).view("<u2").astype(np.uint32) << 16
    return wide.view(np.float32)


def _bf16_encode(x):
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    even = (bits >> 16) & 1
    return ((bits + 0x7FFF + even) >> 16).astype("<u2").view(np.uint8)


def _unpack_nibbles(raw):
    return np.concatenate([raw & 15, raw >> 4], -1)


def _pack_nibbles(q):
    return q[..., :16] | (q[..., 16:] << 4)


def _q4_0_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 18)
    q = _unpack_nibbles(b[..., 2:]).astype(np.float32) - 8
    return (q * _halves(b[..., :2])).reshape(raw.shape[0], -1)


def _q4_0_encode(x):
    g = x.reshape(x.shape[0], -1, 32)
    scale = _extreme(g) / np.float32(-8)
    q = np.clip(np.floor(g * _inverse(scale) + np.float32(8.5)), 0, 15).astype(np.uint8)
    return np.concatenate([_half_bytes(scale), _pack_nibbles(q)], -1).reshape(x.shape[0], -1)


def _q4_1_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 20)
    q = _unpack_nibbles(b[..., 4:]).astype(np.float32)
    return (q * _halves(b[..., :2]) + _halves(b[..., 2:4])).reshape(raw.shape[0], -1)


def _q4_1_encode(x):
    g = x.reshape(x.shape[0], -1, 32)
    low = g.min(-1, keepdims=True)
    scale = (g.max(-1, keepdims=True) - low) / np.float32(15)
    q = np.clip(np.floor((g - low) * _inverse(scale) + np.float32(0.5)), 0, 15).astype(np.uint8)
    parts = [_half_bytes(scale), _half_bytes(low), _pack_nibbles(q)]
    return np.concatenate(parts, -1).reshape(x.shape[0], -1)


def _q8_0_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 34)
    q = np.ascontiguousarray(b[..., 2:]).view(np.int8).astype(np.float32)
    return (q * _halves(b[..., :2])).reshape(raw.shape[0], -1)


def _q8_0_encode(x):
    g = x.reshape(x.shape[0], -1, 32)
    scale = np.abs(g).max(-1, keepdims=True) / np.float32(127)
    q = np.rint(g * _inverse(scale)).astype(np.int8).view(np.uint8)
    return np.concatenate([_half_bytes(scale), q], -1).reshape(x.shape[0], -1)


def _q6_k_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 210)
    low = b[..., :128].reshape(*b.shape[:2], 2, 2, 32)
    top = b[..., 128:192].reshape(*b.shape[:2], 2, 1, 32)
    scales = np.ascontiguousarray(b[..., 192:208]).view(np.int8).astype(np.float32)
    # Each half of a block is four runs of 32: low nibbles of 0, 1, then high of 0, 1.
    nibbles = np.concatenate([low & 15, low >> 4], -2)
    shifts = np.array([0, 2, 4, 6], np.uint8)[:, None]
    q = (nibbles | (((top >> shifts) & 3) << 4)).astype(np.float32) - 32
    groups = q.reshape(*b.shape[:2], 16, 16) * scales[..., None]
    return (groups * _halves(b[..., 208:])[..., None]).reshape(raw.shape[0], -1)


def _q6_k_encode(x):
    g = x.reshape(x.shape[0], -1, 16, 16)
    step = _extreme(g)[..., 0] / np.float32(-32)
    scale = _extreme(step) / np.float32(-128)
    stored = scale.astype(np.float16).astype(np.float32)
    scales = np.clip(np.rint(step * _inverse(stored)), -128, 127).astype(np.int8)
    inverse = _inverse(stored * scales)[..., None]
    q = (np.clip(np.rint(g * inverse), -32, 31) + 32).astype(np.uint8)
    q = q.reshape(*g.shape[:2], 2, 4, 32)
    low = (q[..., :2, :] & 15) | (q[..., 2:, :] << 4)
    top = q >> 4
    top = top[..., 0, :] | top[..., 1, :] << 2 | top[..., 2, :] << 4 | top[..., 3, :] << 6
    parts = [low.reshape(*g.shape[:2], 128), top.reshape(*g.shape[:2], 64),
             scales.view(np.uint8), _half_bytes(scale)]
    return np.concatenate(parts, -1).reshape(x.shape[0], -1)


FORMATS = [
    BlockFormat("F32", 0, 1, 4, _f32_decode, _f32_encode),
    BlockFormat("F16", 1, 1, 2, _halves, _half_bytes),
    BlockFormat("Q4_0", 2, 32, 18, _q4_0_decode, _q4_0_encode),
    BlockFormat("Q4_1", 3, 32, 20, _q4_1_decode, _q4_1_encode),
    BlockFormat("Q8_0", 8, 32, 34, _q8_0_decode, _q8_0_encode),
    BlockFormat("Q6_K", 14, 256, 210, _q6_k_decode, _q6_k_encode),
    BlockFormat("BF16", 30, 1, 2, _bf16_decode, _bf16_encode),
]
BY_NAME = {f.name: f for f in FORMATS}
BY_NUMBER = {f.number: f for f in FORMATS}
