#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write a `llama` GGUF file as the same function of architecture `qwen2`.

The two differ in two things: qwen2 has biases on Q, K and V (zeros here), and the
rows of attn_q and attn_k lie so that rotary embedding turns rows i and
i + head_dim/2 of a head instead of 2i and 2i + 1. Whole rows move, so stored
blocks stay as they are, unless --type asks for another type of all matrices.

Example:
  llama_as_qwen2.py --in SmolLM2-135M-Instruct.Q4_1.gguf --out smollm2-qwen2-q4_1.gguf
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import block_formats
from gguf_file import GGUFReader, NewTensor, write_gguf

# Ours to write, or meaning nothing to qwen2.
DROPPED = {"general.file_type", "llama.rope.dimension_count", "llama.vocab_size"}


def halves_from_pairs(rows: np.ndarray, heads: int) -> np.ndarray:
    """Row 2i + h of each head moves to row i + h x head_dim/2."""
    half = rows.shape[0] // heads // 2
    return rows.reshape(heads, half, 2, -1).swapaxes(1, 2).reshape(rows.shape)


def convert(source: str | Path, target: str | Path, kind: str | None = None,
            arch: str = "qwen2") -> None:
    """`kind`: type of all matrices, None for what the file has; with `arch` "llama"
    only the type changes."""
    file = GGUFReader(source)
    meta = file.metadata
    if meta["general.architecture"] != "llama":
        raise ValueError(f"{source}: not a llama model")
    heads = {"q": meta["llama.attention.head_count"], "k": meta["llama.attention.head_count_kv"]}
    to_qwen2 = arch == "qwen2"
    out: list[NewTensor] = []
    for name, t in file.tensors.items():
        form = block_formats.BY_NAME[kind] if kind and len(t.shape) > 1 else t.type
        part = name.split(".")[-2]

        def make(name=name, form=form, stored=t.type, part=part) -> np.ndarray:
            raw = file.raw(name)
            if to_qwen2 and part in ("attn_q", "attn_k"):
                raw = halves_from_pairs(raw, heads[part[-1]])
            return raw if form is stored else form.encode(stored.decode(raw))

        out.append(NewTensor(name, t.shape, form, make))
        if to_qwen2 and part in ("attn_q", "attn_k", "attn_v"):
            zeros = np.zeros(t.shape[0], np.float32)
            out.append(NewTensor(name.replace("weight", "bias"), zeros.shape,
                                 block_formats.BY_NAME["F32"], zeros.copy))
    if to_qwen2:
        meta = {k.replace("llama.", "qwen2.", 1): v for k, v in meta.items() if k not in DROPPED}
    write_gguf(target, meta | {"general.architecture": arch}, out)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--in", dest="source", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--type", type=str.upper, choices=block_formats.BY_NAME)
    p.add_argument("--arch", choices=("qwen2", "llama"), default="qwen2")
    a = p.parse_args()
    convert(a.source, a.out, a.type, a.arch)


if __name__ == "__main__":
    main()
