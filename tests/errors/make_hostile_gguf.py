#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write broken GGUF files, each of which a reader must refuse.

Every field of the header of a tiny valid model is broken in turn: bits flipped,
lengths and counts made absurd, the file cut there; then come files that are
well-formed but make no sense (overlaps, doubles, wrong shapes, types, settings).
A change that leaves a valid model is not in the set: low bits of numbers that
may vary, letters of free text.

  make_hostile_gguf.py FOLDER        writes FOLDER/<what>.gguf
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import tiny_gguf
from tiny_gguf import (Field, Model, Tensor, Value, f32, integers, string, strings, tiny_model,
                       u32)

# Keys that a model may be without (or with another value), and text that is free.
OPTIONAL = {"general.name", "general.alignment", "tokenizer.ggml.token_type",
            "tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id",
            "tokenizer.ggml.add_bos_token", "tokenizer.chat_template"}
FREE_TEXT = {"general.name", "tokenizer.chat_template", "tokenizer.ggml.tokens",
             "tokenizer.ggml.merges"}
FREE_NUMBERS = {"qwen2.context_length", "tokenizer.ggml.token_type",
                "tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id"}
ABSURD = {"zero": 0, "2e32": 1 << 32, "2e61": 1 << 61, "2e63": 1 << 63, "max": (1 << 64) - 1}
SUPPORTED = {number: name for name, (number, _, _) in tiny_gguf.TYPES.items()}


def flipped(data: bytes, byte: int, mask: int) -> bytes:
    out = bytearray(data)
    out[byte] ^= mask
    return bytes(out)


def with_number(data: bytes, field: Field, number: int) -> bytes:
    raw = number.to_bytes(field.size, "little")
    return data[:field.start] + raw + data[field.start + field.size:]


def low_bit_breaks(field: Field) -> bool:
    """Whether flipping the lowest bit (of a text: of its last letter) makes the
    file wrong. Lengths and counts shift all that follows."""
    if field.kind == "key":
        return field.owner not in OPTIONAL
    if field.kind == "text":
        return field.owner not in FREE_TEXT
    if field.kind == "number":
        return field.owner not in FREE_NUMBERS
    if field.kind in ("type", "element-type"):
        return False  # uint32 and int32 differ in that bit; see type_flips
    return field.kind not in ("float", "bool", "tensor-type", "version")


def type_flips(model: Model, data: bytes, field: Field) -> Iterator[tuple[str, bytes]]:
    """Other type numbers; for tensors only those that do not fit."""
    old = struct.unpack_from("<I", data, field.start)[0]
    for bit in (0, 1, 3, 4, 31):
        new = old ^ 1 << bit
        if field.kind == "tensor-type" and new in SUPPORTED:
            t = model.tensor(field.owner)
            _, block, _ = tiny_gguf.TYPES[SUPPORTED[new]]
            if len(t.shape) == 1 and SUPPORTED[new] in ("F32", "F16", "BF16"):
                continue
            if t.shape[-1] % block == 0 and len(t.shape) == 2:
                if Tensor(t.name, t.shape, SUPPORTED[new]).bytes <= t.bytes:
                    continue
        if field.kind in ("type", "element-type") and {old, new} == {4, 5}:
            continue
        yield f"bit{bit}", with_number(data, field, new)


def broken_fields(model: Model) -> Iterator[tuple[str, bytes]]:
    data, fields = model.encode()
    for number, field in enumerate(fields):
        name = f"{number:03}-{field.kind}-{field.owner or 'header'}"
        is_text = field.kind in ("key", "text", "name", "magic")
        last = field.start + field.size - 1
        if field.kind in ("type", "element-type", "tensor-type"):
            for bit, changed in type_flips(model, data, field):
                yield f"flip-{name}-{bit}", changed
        else:
            if low_bit_breaks(field):
                yield f"flip-{name}-low", flipped(data, last if is_text else field.start, 1)
            yield f"flip-{name}-high", flipped(data, last, 0x80)
        if field.kind in ("length", "count", "dim"):
            for what, value in ABSURD.items():
                yield f"absurd-{name}-{what}", with_number(data, field, value)
        if field.kind in ("float",):
            for what, value in (("nan", float("nan")), ("inf", float("inf")), ("zero", 0.0)):
                yield (f"absurd-{name}-{what}",
                       data[:field.start] + struct.pack("<f", value) + data[last + 1:])
        if field.kind == "number" and field.owner.startswith("qwen2."):
            for value in (0, 0x7FFFFFFF, 0xFFFFFFFF):
                yield f"absurd-{name}-{value}", with_number(data, field, value)
        if field.kind == "offset":
            for what, value in ABSURD.items():
                old = struct.unpack_from("<Q", data, field.start)[0]
                if value != old:
                    yield f"absurd-{name}-{what}", with_number(data, field, value)


def truncations(model: Model, what: str, step: int) -> Iterator[tuple[str, bytes]]:
    data, fields = model.encode()
    for field in fields[::step]:
        yield f"cut-{what}-{field.start:05}", data[:field.start]
        if field.size > 1:
            yield f"cut-{what}-{field.start + 1:05}", data[:field.start + 1]
    header = fields[-1].start + fields[-1].size
    for part in range(1, 12):
        size = header + (len(data) - header) * part // 12
        yield f"cut-{what}-{size:05}", data[:size]
    yield f"cut-{what}-last-byte", data[:-1]


def other_files() -> Iterator[tuple[str, bytes]]:
    data, fields = tiny_model("qwen2").encode()
    yield "not-gguf-empty", b""
    yield "not-gguf-text", b"Once upon a time there was a model.\n" * 100
    yield "not-gguf-zeros", bytes(4096)
    yield "not-gguf-elf", b"\x7fELF\x02\x01\x01" + bytes(500)
    yield "not-gguf-ggml", b"lmgg" + data[4:]
    yield "not-gguf-pytorch", b"PK\x03\x04" + data[4:]
    for version in (0, 1, 4, 255, 0xFFFFFFFF):
        yield f"version-{version}", with_number(data, fields[1], version)
    yield "big-endian", data[:4] + struct.pack(">I", 3) + data[8:]
    yield "header-only", data[:24]
    yield "header-twice", data[:24] + data
    yield "data-before-header", data[24:] + data[:24]


def changed_metadata() -> Iterator[tuple[str, bytes]]:
    """Well-formed metadata with which there is no model, or not ours."""
    q = "qwen2."
    changes = {
        "arch-unknown": ("general.architecture", string("gemma3")),
        "arch-newline": ("general.architecture", string("qwen2\nqwenc: all is well")),
        "arch-escape": ("general.architecture", string("\x1b[2Jqwen2")),
        "arch-long": ("general.architecture", string("q" * 60000)),
        "arch-number": ("general.architecture", u32(2)),
        "adapter": ("general.type", string("adapter")),
        "split": ("split.count", u32(2)),
        "alignment-33": ("general.alignment", u32(33)),
        "alignment-0": ("general.alignment", u32(0)),
        "alignment-huge": ("general.alignment", u32(1 << 31)),
        "alignment-float": ("general.alignment", f32(32.0)),
        "layers-2": (q + "block_count", u32(2)),
        "layers-many": (q + "block_count", u32(1 << 24)),
        "layers-array": (q + "block_count", integers([1])),
        "width-33": (q + "embedding_length", u32(33)),
        "heads-3": (q + "attention.head_count", u32(3)),
        "kv-heads-2": (q + "attention.head_count_kv", u32(2)),
        "kv-heads-3": (q + "attention.head_count_kv", u32(3)),
        "kv-heads-array": (q + "attention.head_count_kv", integers([1])),
        "key-length-32": (q + "attention.key_length", u32(32)),
        "value-length-8": (q + "attention.value_length", u32(8)),
        "rope-partial": (q + "rope.dimension_count", u32(8)),
        "rope-longrope": (q + "rope.scaling.type", string("longrope")),
        "rope-factor": (q + "rope.scaling.factor", f32(-4.0)),
        "rope-attention": (q + "rope.scaling.attn_factor", f32(0.0)),
        "rope-mix": (q + "rope.scaling.yarn_ext_factor", f32(1.5)),
        "rope-nan": (q + "rope.scaling.factor", f32(float("nan"))),
        "window": (q + "attention.sliding_window", u32(64)),
        "experts": (q + "expert_count", u32(8)),
        "unknown-key": (q + "attention.novelty", f32(1.0)),
        "eps-negative": (q + "attention.layer_norm_rms_epsilon", f32(-1e-6)),
        "eps-integer": (q + "attention.layer_norm_rms_epsilon", u32(1)),
        "tokenizer-llama": ("tokenizer.ggml.model", string("llama")),
        "pre-unknown": ("tokenizer.ggml.pre", string("tekken")),
        "tokens-few": ("tokenizer.ggml.tokens", strings(["a", "b"])),
        "tokens-none": ("tokenizer.ggml.tokens", strings([])),
        "tokens-double": ("tokenizer.ggml.tokens", strings(["a"] * 8)),
        "tokens-empty": ("tokenizer.ggml.tokens", strings([""] * 8)),
        "tokens-numbers": ("tokenizer.ggml.tokens", integers([1] * 8)),
        "types-few": ("tokenizer.ggml.token_type", integers([1] * 7)),
        "types-unknown": ("tokenizer.ggml.token_type", integers([9] * 8)),
        "merges-one-word": ("tokenizer.ggml.merges", strings(["ab"])),
        "bos-out-of-range": ("tokenizer.ggml.bos_token_id", u32(8)),
        "eos-out-of-range": ("tokenizer.ggml.eos_token_id", u32(0xFFFFFFFF)),
    }
    for what, (key, value) in changes.items():
        model = tiny_model("qwen2")
        model.set(key, value)
        yield f"metadata-{what}", model.encode()[0]
    for key, _ in tiny_model("qwen2").pairs:
        model = tiny_model("qwen2")
        model.pairs.append(next(p for p in model.pairs if p[0] == key))
        yield f"metadata-double-{key}", model.encode()[0]
        if key not in OPTIONAL and not key.endswith("freq_base"):
            model = tiny_model("qwen2")
            model.remove(key)
            yield f"metadata-without-{key}", model.encode()[0]
    deep = Model([("deep", tiny_gguf.Value(9, [], True))], [])
    data, _ = deep.encode()
    at = data.index(b"deep") + 4
    for depth in (10, 1000, 100000):
        body = struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * depth + struct.pack("<IQ", 4, 0)
        yield f"metadata-nested-{depth}", data[:at] + body + bytes(64)


def changed_tensors() -> Iterator[tuple[str, bytes]]:
    """Entries that contradict each other, the architecture, or what we support."""
    names = [t.name for t in tiny_model("qwen2").tensors]
    for name in names:
        model = tiny_model("qwen2")
        model.tensors.remove(model.tensor(name))
        yield f"tensor-without-{name}", model.encode()[0]
        model = tiny_model("qwen2")
        t = model.tensor(name)
        t.shape = t.shape[:-1] + (t.shape[-1] * 2,)
        yield f"tensor-wider-{name}", model.encode()[0]
        model = tiny_model("qwen2")
        t = model.tensor(name)
        t.shape = (1,) + t.shape
        yield f"tensor-deeper-{name}", model.encode()[0]
        model = tiny_model("qwen2")
        model.tensors.append(model.tensor(name))
        yield f"tensor-double-{name}", model.encode()[0]
        if name != names[0]:
            # All tensors on the same spot, then one a little into the one before.
            model = tiny_model("qwen2")
            yield f"tensor-overlap-{name}", model.encode({name: 0})[0]
    model = tiny_model("qwen2")
    yield "tensor-all-at-0", model.encode({n: 0 for n in names})[0]
    model.tensors.append(Tensor("blk.1.attn_norm.weight", (32,), "F32"))
    yield "tensor-unexpected", model.encode()[0]
    model = tiny_model("llama")
    model.tensors.append(Tensor("rope_freqs.weight", (8,), "F32"))
    yield "tensor-rope-factors", model.encode()[0]
    data, fields = tiny_model("qwen2").encode()
    field = next(f for f in fields if f.kind == "tensor-type")
    for number in (4, 5, 6, 7, *range(9, 30), *range(31, 45), 1 << 16):
        if number not in SUPPORTED:
            yield f"tensor-type-{number}", with_number(data, field, number)


def changed_qwen() -> Iterator[tuple[str, bytes]]:
    """What only the first Qwen has."""
    for what, (key, value) in {
            "odd-width": ("qwen.feed_forward_length", u32(127)),
            "whole-width": ("qwen.feed_forward_length", u32(64)),
            "grouped": ("qwen.attention.head_count_kv", u32(1)),
            "dynamic-ntk": ("qwen.use_dynamic_ntk", Value(tiny_gguf.BOOL, [1])),
            "logn": ("qwen.use_logn_attn", Value(tiny_gguf.BOOL, [1]))}.items():
        model = tiny_model("qwen")
        model.set(key, value)
        yield f"qwen-{what}", model.encode()[0]
    for name in ("blk.0.attn_qkv.weight", "blk.0.attn_qkv.bias"):
        model = tiny_model("qwen")
        model.tensors.remove(model.tensor(name))
        yield f"qwen-without-{name}", model.encode()[0]
        model = tiny_model("qwen")
        model.tensor(name).shape = (64,) + model.tensor(name).shape[1:]
        yield f"qwen-shorter-{name}", model.encode()[0]


def changed_experts(arch: str) -> Iterator[tuple[str, bytes]]:
    """Experts that are missing, too many, or of other sizes than the metadata says."""
    for what, (key, value) in {
            "none": ("expert_count", u32(0)),
            "fewer": ("expert_count", u32(3)),
            "many": ("expert_count", u32(1 << 31)),
            "no-uses": ("expert_used_count", u32(0)),
            "more-uses": ("expert_used_count", u32(5)),
            "width": ("expert_feed_forward_length", u32(64)),
            "gating": ("expert_gating_func", u32(2)),
            "scale": ("expert_weights_scale", f32(2.5)),
            "norm": ("expert_weights_norm", f32(1.0)),
            "dense-layers": ("leading_dense_block_count", u32(1))}.items():
        model = tiny_model(arch)
        model.set(f"{arch}.{key}", value)
        yield f"{arch}-{what}", model.encode()[0]
    for key in ("expert_count", "expert_used_count"):
        model = tiny_model(arch)
        model.remove(f"{arch}.{key}")
        yield f"{arch}-without-{key}", model.encode()[0]
    for tensor in tiny_model(arch).tensors:
        if "_exps" not in tensor.name and "_inp" not in tensor.name:
            continue
        model = tiny_model(arch)
        model.tensors.remove(model.tensor(tensor.name))
        yield f"{arch}-without-{tensor.name}", model.encode()[0]
        model = tiny_model(arch)
        model.tensor(tensor.name).shape = (2 * tensor.shape[0],) + tensor.shape[1:]
        yield f"{arch}-longer-{tensor.name}", model.encode()[0]
        if len(tensor.shape) == 3:
            model = tiny_model(arch)
            model.tensor(tensor.name).shape = (4 * 32, 32)
            yield f"{arch}-flat-{tensor.name}", model.encode()[0]
    model = tiny_model(arch)
    model.tensor("blk.0.ffn_gate_exps.weight").type = "F16"
    yield f"{arch}-half-floats", model.encode()[0]
    model = tiny_model(arch)
    model.tensors.append(Tensor("blk.0.ffn_gate.weight", (64, 32), "Q4_1"))
    yield f"{arch}-dense-too", model.encode()[0]


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """(name, content) of every broken file."""
    yield from other_files()
    yield from broken_fields(tiny_model("qwen2"))
    yield from changed_metadata()
    yield from changed_tensors()
    yield from truncations(tiny_model("qwen2"), "qwen2", 2)
    yield from truncations(tiny_model("qwen3", untied=True), "qwen3", 9)
    yield from truncations(tiny_model("llama"), "llama", 9)
    yield from truncations(tiny_model("qwen"), "qwen", 9)
    yield from changed_qwen()
    for arch in ("qwen2moe", "qwen3moe"):
        yield from truncations(tiny_model(arch), arch, 9)
        yield from changed_experts(arch)


def valid_files() -> Iterator[tuple[str, bytes]]:
    """The models that the broken ones were made from; they must load."""
    for arch in ("qwen", "qwen2", "qwen3", "qwen2moe", "qwen3moe", "llama"):
        for untied in (False, True):
            name = f"valid-{arch}-{'untied' if untied else 'tied'}"
            yield name, tiny_model(arch, untied).encode()[0]
    model = tiny_model("qwen2")
    model.version = 2
    yield "valid-version-2", model.encode()[0]


def write_files(folder: Path, files: Iterator[tuple[str, bytes]]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files:
        path = folder / (name.replace("/", "_") + ".gguf")
        if path in paths:
            sys.exit(f"two files are called {path.name}")
        path.write_bytes(content)
        paths.append(path)
    return paths


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    a = p.parse_args()
    print(f"{len(write_files(a.folder, hostile_files()))} broken files in {a.folder}")


if __name__ == "__main__":
    main()
