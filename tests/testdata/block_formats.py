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
  Q5_0, Q5_1, Q2_K .. Q5_K, IQ4_NL, IQ4_XS, MXFP4: support/quant/<type>.h has pictures
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


def _bits_of_word(raw):
    """32 fifth bits of 4 bytes."""
    return np.unpackbits(raw, axis=-1, bitorder="little")


def _q5_decode(raw, size, minimum):
    b = raw.reshape(raw.shape[0], -1, size)
    at = 4 if minimum else 2
    q = _unpack_nibbles(b[..., at + 4:]) | (_bits_of_word(b[..., at:at + 4]) << 4)
    if minimum:
        values = q.astype(np.float32) * _halves(b[..., :2]) + _halves(b[..., 2:4])
    else:
        values = (q.astype(np.float32) - 16) * _halves(b[..., :2])
    return values.reshape(raw.shape[0], -1)


def _q5_encode(x, minimum):
    g = x.reshape(x.shape[0], -1, 32)
    if minimum:
        low = g.min(-1, keepdims=True)
        scale = (g.max(-1, keepdims=True) - low) / np.float32(31)
        q, parts = np.rint((g - low) * _inverse(scale)), [scale, low]
    else:
        scale = _extreme(g) / np.float32(-16)
        q, parts = np.rint(g * _inverse(scale)) + 16, [scale]
    q = np.clip(q, 0, 31).astype(np.uint8)
    fifth = np.packbits(q >> 4, axis=-1, bitorder="little")
    parts = [*map(_half_bytes, parts), fifth, _pack_nibbles(q & 15)]
    return np.concatenate(parts, -1).reshape(x.shape[0], -1)


def _scale_min_decode(raw):
    """8 scales and minima of 6 bits from 12 bytes (Q4_K, Q5_K)."""
    a, b, c = raw[..., :4], raw[..., 4:8], raw[..., 8:]
    scales = np.concatenate([a & 63, (c & 15) | (a >> 6 << 4)], -1)
    minima = np.concatenate([b & 63, (c >> 4) | (b >> 6 << 4)], -1)
    return scales.astype(np.float32), minima.astype(np.float32)


def _scale_min_encode(scales, minima):
    s, m = scales.astype(np.uint8), minima.astype(np.uint8)
    return np.concatenate([s[..., :4] | (s[..., 4:] >> 4 << 6), m[..., :4] | (m[..., 4:] >> 4 << 6),
                           (s[..., 4:] & 15) | ((m[..., 4:] & 15) << 4)], -1)


def _k_nibbles(q):
    """[8][32] integers below 16: 64 elements share 32 bytes."""
    return (q[..., 0::2, :] | (q[..., 1::2, :] << 4)).reshape(*q.shape[:-2], 128)


def _k_unpack_nibbles(raw):
    n = raw.reshape(*raw.shape[:-1], 4, 1, 32)
    return np.concatenate([n & 15, n >> 4], -2).reshape(*raw.shape[:-1], 8, 32)


def _q45_k_decode(raw, size):
    b = raw.reshape(raw.shape[0], -1, size)
    scales, minima = _scale_min_decode(b[..., 4:16])
    q = _k_unpack_nibbles(b[..., -128:])
    if size == 176:
        shifts = np.arange(8, dtype=np.uint8)[:, None]
        q = q | (((b[..., None, 16:48] >> shifts) & 1) << 4)
    scale = (scales * _halves(b[..., :2]))[..., None]
    minimum = (minima * _halves(b[..., 2:4]))[..., None]
    return (q.astype(np.float32) * scale - minimum).reshape(raw.shape[0], -1)


def _minimum_scales(g, largest, most):
    """Scales and minima of groups (last axis) whose integers go to `largest`, as two
    halves and integers of at most `most`; and the integers."""
    low = np.minimum(g.min(-1), 0)
    step = (g.max(-1) - low) / np.float32(largest)
    halves, integers = [], []
    for values in (step, -low):
        half = (values.max(-1, keepdims=True) / np.float32(most)).astype(np.float16)
        halves.append(half)
        scaled = np.rint(values * _inverse(half.astype(np.float32)))
        integers.append(np.clip(scaled, 0, most))
    scale = (integers[0] * halves[0].astype(np.float32))[..., None].astype(np.float32)
    minimum = (integers[1] * halves[1].astype(np.float32))[..., None].astype(np.float32)
    q = np.clip(np.rint((g + minimum) * _inverse(scale)), 0, largest).astype(np.uint8)
    return halves, integers, q


def _q45_k_encode(x, size):
    g = x.reshape(x.shape[0], -1, 8, 32)
    halves, integers, q = _minimum_scales(g, 31 if size == 176 else 15, 63)
    parts = [_half_bytes(halves[0]), _half_bytes(halves[1]), _scale_min_encode(*integers)]
    if size == 176:
        shifts = np.arange(8, dtype=np.uint8)[:, None]
        parts.append(np.bitwise_or.reduce((q >> 4) << shifts, -2))
    return np.concatenate([*parts, _k_nibbles(q & 15)], -1).reshape(x.shape[0], -1)


def _unpack_pairs(raw):
    """64 bytes of bit pairs: two halves of 128, each four runs of 32."""
    shifts = np.array([0, 2, 4, 6], np.uint8)[:, None]
    pairs = (raw.reshape(*raw.shape[:-1], 2, 1, 32) >> shifts) & 3
    return pairs.reshape(*raw.shape[:-1], 16, 16)


def _pack_pairs(q):
    shifts = np.array([0, 2, 4, 6], np.uint8)[:, None]
    runs = q.reshape(*q.shape[:-2], 2, 4, 32) << shifts
    return np.bitwise_or.reduce(runs, -2).reshape(*q.shape[:-2], 64)


def _q2_k_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 84)
    scale = ((b[..., :16] & 15) * _halves(b[..., 80:82]))[..., None]
    minimum = ((b[..., :16] >> 4) * _halves(b[..., 82:]))[..., None]
    q = _unpack_pairs(b[..., 16:80]).astype(np.float32)
    return (q * scale - minimum).astype(np.float32).reshape(raw.shape[0], -1)


def _q2_k_encode(x):
    g = x.reshape(x.shape[0], -1, 16, 16)
    halves, integers, q = _minimum_scales(g, 3, 15)
    scales = integers[0].astype(np.uint8) | (integers[1].astype(np.uint8) << 4)
    parts = [scales, _pack_pairs(q), *map(_half_bytes, halves)]
    return np.concatenate(parts, -1).reshape(x.shape[0], -1)


def _signed_scales(step, lowest):
    """One half and integers lowest .. -lowest-1 for the steps of a block's groups."""
    half = (_extreme(step) / np.float32(lowest)).astype(np.float16).astype(np.float32)
    integers = np.clip(np.rint(step * _inverse(half)), lowest, -lowest - 1)
    return half, integers.astype(np.int8), (integers * half)[..., None].astype(np.float32)


def _q3_k_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 110)
    low = b[..., 96:104]
    shifts = np.array([0, 2, 4, 6], np.uint8)[:, None]
    upper = ((b[..., None, 104:108] >> shifts) & 3).reshape(*b.shape[:2], 16)
    scales = (np.concatenate([low & 15, low >> 4], -1) | (upper << 4)).astype(np.float32) - 32
    shifts = np.arange(8, dtype=np.uint8)[:, None]
    third = ((b[..., None, :32] >> shifts) & 1).reshape(*b.shape[:2], 16, 16)
    q = (_unpack_pairs(b[..., 32:96]) | (third << 2)).astype(np.float32) - 4
    scale = (scales * _halves(b[..., 108:]))[..., None]
    return (q * scale).reshape(raw.shape[0], -1)


def _q3_k_encode(x):
    g = x.reshape(x.shape[0], -1, 16, 16)
    half, scales, stored = _signed_scales(_extreme(g)[..., 0] / np.float32(-4), -32)
    q = (np.clip(np.rint(g * _inverse(stored)), -4, 3) + 4).astype(np.uint8)
    s = (scales + 32).astype(np.uint8)
    shifts = np.array([0, 2, 4, 6], np.uint8)[:, None]
    upper = np.bitwise_or.reduce((s >> 4).reshape(*s.shape[:2], 4, 4) << shifts, -2)
    shifts = np.arange(8, dtype=np.uint8)[:, None]
    third = np.bitwise_or.reduce((q >> 2).reshape(*q.shape[:2], 8, 32) << shifts, -2)
    parts = [third, _pack_pairs(q & 3), (s[..., :8] & 15) | ((s[..., 8:] & 15) << 4), upper,
             _half_bytes(half)]
    return np.concatenate(parts, -1).reshape(x.shape[0], -1)


IQ4_VALUES = np.array([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113],
                      np.int8)
MXFP4_VALUES = np.array([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], np.int8)


def _nearest(values, table):
    """Index of the table's nearest value, in rows so that memory stays small."""
    order = np.argsort(table, kind="stable")
    levels = table[order].astype(np.float32)
    return order[np.searchsorted((levels[1:] + levels[:-1]) / 2, values)].astype(np.uint8)


def _iq4_nl_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 18)
    q = IQ4_VALUES[_unpack_nibbles(b[..., 2:])].astype(np.float32)
    return (q * _halves(b[..., :2])).reshape(raw.shape[0], -1)


def _iq4_nl_encode(x):
    g = x.reshape(x.shape[0], -1, 32)
    scale = _extreme(g) / np.float32(-127)
    q = _nearest(g * _inverse(scale), IQ4_VALUES)
    return np.concatenate([_half_bytes(scale), _pack_nibbles(q)], -1).reshape(x.shape[0], -1)


def _iq4_xs_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 136)
    low = np.stack([b[..., 4:8] & 15, b[..., 4:8] >> 4], -1).reshape(*b.shape[:2], 8)
    upper = np.ascontiguousarray(b[..., 2:4]).view("<u2") >> (2 * np.arange(8, dtype=np.uint16))
    scales = (low | ((upper & 3) << 4)).astype(np.float32) - 32
    q = IQ4_VALUES[_unpack_nibbles(b[..., 8:].reshape(*b.shape[:2], 8, 16))].astype(np.float32)
    return (q * (scales * _halves(b[..., :2]))[..., None]).reshape(raw.shape[0], -1)


def _iq4_xs_encode(x):
    g = x.reshape(x.shape[0], -1, 8, 32)
    half, scales, stored = _signed_scales(_extreme(g)[..., 0] / np.float32(-127), -32)
    q = _nearest(g * _inverse(stored), IQ4_VALUES)
    s = (scales + 32).astype(np.uint16)
    upper = np.bitwise_or.reduce((s >> 4) << (2 * np.arange(8, dtype=np.uint16)), -1)
    low = ((s[..., 0::2] & 15) | ((s[..., 1::2] & 15) << 4)).astype(np.uint8)
    nibbles = (q[..., :16] | (q[..., 16:] << 4)).reshape(*s.shape[:2], 128)
    parts = [_half_bytes(half), upper.astype("<u2")[..., None].view(np.uint8), low, nibbles]
    return np.concatenate(parts, -1).reshape(x.shape[0], -1)


def _mxfp4_decode(raw):
    b = raw.reshape(raw.shape[0], -1, 17)
    scale = np.ldexp(np.float32(1), b[..., :1].astype(np.int32) - 128)
    q = MXFP4_VALUES[_unpack_nibbles(b[..., 1:])].astype(np.float32)
    return (q * scale).reshape(raw.shape[0], -1)


def _mxfp4_encode(x):
    g = x.reshape(x.shape[0], -1, 32)
    largest = np.abs(g).max(-1, keepdims=True)
    exponent = np.floor(np.log2(np.where(largest > 0, largest, 1))).astype(np.int32) + 125
    exponent = np.where(largest > 0, exponent, 127)
    scale = np.ldexp(np.float32(1), 128 - exponent)
    q = _nearest(g * scale, MXFP4_VALUES)
    return np.concatenate([exponent.astype(np.uint8), _pack_nibbles(q)], -1).reshape(x.shape[0], -1)


FORMATS = [
    BlockFormat("F32", 0, 1, 4, _f32_decode, _f32_encode),
    BlockFormat("F16", 1, 1, 2, _halves, _half_bytes),
    BlockFormat("Q4_0", 2, 32, 18, _q4_0_decode, _q4_0_encode),
    BlockFormat("Q4_1", 3, 32, 20, _q4_1_decode, _q4_1_encode),
    BlockFormat("Q5_0", 6, 32, 22, lambda raw: _q5_decode(raw, 22, False),
                lambda x: _q5_encode(x, False)),
    BlockFormat("Q5_1", 7, 32, 24, lambda raw: _q5_decode(raw, 24, True),
                lambda x: _q5_encode(x, True)),
    BlockFormat("Q8_0", 8, 32, 34, _q8_0_decode, _q8_0_encode),
    BlockFormat("Q2_K", 10, 256, 84, _q2_k_decode, _q2_k_encode),
    BlockFormat("Q3_K", 11, 256, 110, _q3_k_decode, _q3_k_encode),
    BlockFormat("Q4_K", 12, 256, 144, lambda raw: _q45_k_decode(raw, 144),
                lambda x: _q45_k_encode(x, 144)),
    BlockFormat("Q5_K", 13, 256, 176, lambda raw: _q45_k_decode(raw, 176),
                lambda x: _q45_k_encode(x, 176)),
    BlockFormat("Q6_K", 14, 256, 210, _q6_k_decode, _q6_k_encode),
    BlockFormat("IQ4_NL", 20, 32, 18, _iq4_nl_decode, _iq4_nl_encode),
    BlockFormat("IQ4_XS", 23, 256, 136, _iq4_xs_decode, _iq4_xs_encode),
    BlockFormat("BF16", 30, 1, 2, _bf16_decode, _bf16_encode),
    BlockFormat("MXFP4", 39, 32, 17, _mxfp4_decode, _mxfp4_encode),
]
BY_NAME = {f.name: f for f in FORMATS}
BY_NUMBER = {f.number: f for f in FORMATS}
