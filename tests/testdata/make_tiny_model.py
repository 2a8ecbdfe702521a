#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write a seeded model as a GGUF file: a tiny one, or one of a true Qwen shape.

The shapes are chosen to be awkward: vocabularies that are no multiple of 32,
an attention width other than the hidden size, query heads in groups of two and
three. The same name gives the same weights on every machine, so the logits that
another implementation computed for them are stored beside this script
(tiny-*.logits.npz, made by transformers_logits.py). The true shapes are for
measuring memory and time; with --vocab they carry another file's tokenizer.

Examples:
  make_tiny_model.py --model tiny-qwen3 --type q4_0 --out tiny-qwen3-q4_0.gguf
  make_tiny_model.py --model qwen2.5-0.5b --type q4_0 --vocab ggml-vocab-qwen2.gguf --out m.gguf
"""

from __future__ import annotations

import argparse
import dataclasses
import zlib
from pathlib import Path

import numpy as np

import block_formats
import gguf_file
from byte_level_vocabulary import pad_vocabulary, tokenizer_metadata


@dataclasses.dataclass(frozen=True)
class Shape:
    arch: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocab: int
    pre: str
    tied: bool
    context: int = 1024
    rope_theta: float = 1e6
    rms_eps: float = 1e-6
    # "linear", "yarn" or "llama3", with how much longer the context became than `context`.
    scaling: str = ""
    scaling_factor: float = 4.0
    # Experts, those that a token uses, and the width of each.
    experts: int = 0
    experts_used: int = 0
    expert_ffn: int = 0


MODELS = {
    "tiny-qwen2": Shape("qwen2", 3, 256, 4, 2, 64, 512, 307, "qwen2", tied=True),
    "tiny-qwen3": Shape("qwen3", 3, 256, 9, 3, 32, 768, 389, "qwen2", tied=False),
    "tiny-llama": Shape("llama", 2, 192, 6, 2, 32, 352, 300, "smollm", tied=True,
                        rope_theta=1e4, rms_eps=1e-5),
    "tiny-qwen": Shape("qwen", 2, 256, 4, 4, 64, 352, 333, "qwen2", tied=False, rope_theta=1e4),
    "tiny-qwen2moe": Shape("qwen2moe", 2, 256, 4, 2, 64, 352, 311, "qwen2", tied=False,
                           experts=6, experts_used=2, expert_ffn=96),
    "tiny-qwen3moe": Shape("qwen3moe", 2, 256, 6, 3, 32, 768, 330, "qwen2", tied=True,
                           experts=7, experts_used=3, expert_ffn=160),
    # Longer contexts than at first. The tests' 300 positions leave the original one.
    "rope-linear": Shape("qwen3", 2, 128, 4, 2, 32, 256, 300, "qwen2", tied=True, context=128,
                         scaling="linear", scaling_factor=2.5),
    "rope-yarn": Shape("qwen2", 2, 128, 2, 1, 64, 256, 300, "qwen2", tied=True, context=128,
                       scaling="yarn"),
    "rope-llama3": Shape("llama", 2, 128, 2, 1, 64, 256, 300, "llama-bpe", tied=True, context=128,
                         scaling="llama3", rope_theta=5e5, rms_eps=1e-5),
    # tiny-qwen2 with four times its layers: code must not grow with depth.
    "deep-qwen2": Shape("qwen2", 12, 256, 4, 2, 64, 512, 307, "qwen2", tied=True),
    "qwen2.5-0.5b": Shape("qwen2", 24, 896, 14, 2, 64, 4864, 151936, "qwen2", tied=True,
                          context=32768),
    "deepseek-r1-distill-qwen-7b": Shape("qwen2", 28, 3584, 28, 4, 128, 18944, 152064,
                                         "deepseek-r1-qwen", tied=False, context=131072,
                                         rope_theta=1e4),
    "qwen3-0.6b": Shape("qwen3", 28, 1024, 16, 8, 128, 3072, 151936, "qwen2", tied=True,
                        context=40960),
}
TINY = [name for name in MODELS if name.startswith("tiny-")]
ROPE = [name for name in MODELS if name.startswith("rope-")]


def _normal(model: str, name: str, shape: tuple[int, ...], mean: float, std: float) -> np.ndarray:
    # RandomState's stream is frozen by numpy's compatibility policy.
    stream = np.random.RandomState(zlib.crc32(f"{model}/{name}".encode()))
    return (mean + std * stream.standard_normal(shape)).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Weight:
    """A tensor in the order of the checkpoint, drawn when asked for."""
    model: str
    name: str
    shape: tuple[int, ...]
    mean: float
    std: float

    def values(self) -> np.ndarray:
        return _normal(self.model, self.name, self.shape, self.mean, self.std)


def weights(model: str) -> list[Weight]:
    """All tensors by their GGUF names. Projections that end in the residual stream
    are damped so that its size stays near one."""
    s = MODELS[model]
    out: list[Weight] = []
    damp = (2 * s.layers) ** -0.5

    def add(name: str, shape: tuple[int, ...], mean: float, std: float) -> None:
        out.append(Weight(model, name, shape, mean, std))

    def matrix(name: str, rows: int, cols: int, gain: float = 1.0) -> None:
        add(name + ".weight", (rows, cols), 0.0, gain * cols ** -0.5)

    add("token_embd.weight", (s.vocab, s.hidden), 0.0, 0.12)
    for i in range(s.layers):
        b = f"blk.{i}."
        add(b + "attn_norm.weight", (s.hidden,), 1.0, 0.25)
        if s.arch == "qwen":
            matrix(b + "attn_qkv", 3 * s.heads * s.head_dim, s.hidden)
            add(b + "attn_qkv.bias", (3 * s.heads * s.head_dim,), 0.0, 0.5)
        for kind, heads in (("q", s.heads), ("k", s.kv_heads), ("v", s.kv_heads)):
            if s.arch == "qwen":
                continue
            matrix(f"{b}attn_{kind}", heads * s.head_dim, s.hidden)
            if s.arch in ("qwen2", "qwen2moe"):
                add(f"{b}attn_{kind}.bias", (heads * s.head_dim,), 0.0, 0.5)
            if s.arch in ("qwen3", "qwen3moe") and kind != "v":
                add(f"{b}attn_{kind}_norm.weight", (s.head_dim,), 1.0, 0.25)
        matrix(b + "attn_output", s.hidden, s.heads * s.head_dim, 2 * damp)
        add(b + "ffn_norm.weight", (s.hidden,), 1.0, 0.25)
        shared = "_shexp" if s.experts else ""
        if s.experts:
            # Sure of its choice, as trained routers are: int8 activations may change a
            # choice between equals, and should then change little else.
            matrix(b + "ffn_gate_inp", s.experts, s.hidden, 4.0)
            for kind, rows, cols, gain in (("gate", s.expert_ffn, s.hidden, 1.0),
                                           ("up", s.expert_ffn, s.hidden, 1.0),
                                           ("down", s.hidden, s.expert_ffn, 2 * damp)):
                add(f"{b}ffn_{kind}_exps.weight", (s.experts, rows, cols), 0.0, gain * cols ** -0.5)
        if s.arch == "qwen2moe":
            add(b + "ffn_gate_inp_shexp.weight", (s.hidden,), 0.0, s.hidden ** -0.5)
        if s.arch != "qwen3moe":
            matrix(f"{b}ffn_gate{shared}", s.ffn, s.hidden)
            matrix(f"{b}ffn_up{shared}", s.ffn, s.hidden)
            matrix(f"{b}ffn_down{shared}", s.hidden, s.ffn, 2 * damp)
    add("output_norm.weight", (s.hidden,), 1.0, 0.25)
    if not s.tied:
        add("output.weight", (s.vocab, s.hidden), 0.0, 0.12)
    return out


def pairs_from_halves(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows of attn_q and attn_k as a `llama` GGUF stores them: rotary embedding
    turns rows 2i and 2i + 1 of a head there, i and i + head_dim/2 in the checkpoint."""
    half = rows.shape[0] // heads // 2
    return rows.reshape(heads, 2, half, -1).swapaxes(1, 2).reshape(rows.shape)


def llama3_factors(s: Shape) -> np.ndarray:
    """rope_freqs.weight of Llama 3.1's scaling with its factors 1 and 4: a pair that turns
    more than 4 times in the original context keeps its speed, one that turns less than once
    is slowed down by the whole factor."""
    speed = s.rope_theta ** (-np.arange(0, s.head_dim, 2, dtype=np.float64) / s.head_dim)
    smooth = np.clip((s.context * speed / (2 * np.pi) - 1) / 3, 0, 1)
    return (1 / ((1 - smooth) / s.scaling_factor + smooth)).astype(np.float32)


def metadata(model: str, tokenizer: dict | None = None) -> dict:
    """The file's keys; `tokenizer`: tokenizer.ggml.* keys of another file."""
    s = MODELS[model]
    keys = {
        "block_count": s.layers,
        "context_length": s.context,
        "embedding_length": s.hidden,
        "feed_forward_length": 2 * s.ffn if s.arch == "qwen" else s.ffn,
        "attention.head_count": s.heads,
        "attention.head_count_kv": s.kv_heads,
        "rope.freq_base": s.rope_theta,
        "attention.layer_norm_rms_epsilon": s.rms_eps,
    }
    if s.experts:
        keys |= {"expert_count": s.experts, "expert_used_count": s.experts_used,
                 "expert_feed_forward_length": s.expert_ffn}
    if s.arch == "qwen2moe":
        keys |= {"expert_shared_feed_forward_length": s.ffn, "feed_forward_length": 2 * s.ffn}
    if s.arch in ("qwen3", "qwen3moe"):
        keys |= {"attention.key_length": s.head_dim, "attention.value_length": s.head_dim}
    if s.arch == "qwen":
        del keys["attention.head_count_kv"]
        keys["rope.dimension_count"] = s.head_dim
    if s.arch == "llama":
        keys |= {"rope.dimension_count": s.head_dim, "vocab_size": s.vocab}
    if s.scaling in ("linear", "yarn"):
        keys |= {"rope.scaling.type": s.scaling, "rope.scaling.factor": s.scaling_factor,
                 "rope.scaling.original_context_length": s.context,
                 "context_length": int(s.context * s.scaling_factor)}
    if s.scaling == "llama3":
        keys["context_length"] = int(s.context * s.scaling_factor)
    return ({"general.architecture": s.arch, "general.name": model}
            | {f"{s.arch}.{k}": v for k, v in keys.items()}
            | pad_vocabulary(tokenizer or tokenizer_metadata(min(s.vocab, 400), s.pre), s.vocab))


# What llama-quantize takes for a matrix whose rows do not fill blocks of 256.
FALLBACKS = {"Q2_K": "IQ4_NL", "Q3_K": "IQ4_NL", "IQ4_XS": "IQ4_NL", "Q4_K": "Q5_0",
             "Q5_K": "Q5_1", "Q6_K": "Q8_0"}


def new_tensor(weight: Weight, kind: str) -> gguf_file.NewTensor:
    """Vectors and routers stay F32, as llama-quantize leaves them."""
    s = MODELS[weight.model]
    kept = len(weight.shape) == 1 or "ffn_gate_inp" in weight.name
    form = block_formats.BY_NAME["F32" if kept else kind]
    if weight.shape[-1] % form.elements:
        form = block_formats.BY_NAME[FALLBACKS[kind]]

    def make() -> np.ndarray:
        values = weight.values()
        if s.arch == "llama" and ("attn_q" in weight.name or "attn_k" in weight.name):
            values = pairs_from_halves(values, s.heads if "attn_q" in weight.name else s.kv_heads)
        rows = values.reshape(-1, values.shape[-1])
        step = max(1, (1 << 24) // rows.shape[1])  # encoders need several copies
        return np.concatenate([form.encode(rows[i:i + step]) for i in range(0, len(rows), step)])

    return gguf_file.NewTensor(weight.name, weight.shape, form, make)


def new_tensors(model: str, kind: str) -> list[gguf_file.NewTensor]:
    tensors = [new_tensor(w, kind.upper()) for w in weights(model)]
    if MODELS[model].scaling == "llama3":
        factors = llama3_factors(MODELS[model])
        tensors.append(gguf_file.NewTensor("rope_freqs.weight", factors.shape,
                                           block_formats.BY_NAME["F32"], lambda: factors))
    return tensors


def write_model(model: str, kind: str, path: str | Path, vocab: str | Path | None = None) -> None:
    tokenizer = None
    if vocab:
        keys = gguf_file.GGUFReader(vocab).metadata
        tokenizer = {k: v for k, v in keys.items() if k.startswith("tokenizer.")}
    gguf_file.write_gguf(path, metadata(model, tokenizer), new_tensors(model, kind))


def part_name(stem: str, part: int, parts: int) -> str:
    """Of a model in several files; parts count from 0."""
    return f"{stem}-{part + 1:05}-of-{parts:05}.gguf"


def write_parts(model: str, kind: str, folder: str | Path, parts: int) -> list[Path]:
    """The model as llama.cpp's gguf-split would leave it: the metadata is in the first."""
    tensors = new_tensors(model, kind)
    paths = []
    for part in range(parts):
        mine = tensors[part * len(tensors) // parts:(part + 1) * len(tensors) // parts]
        keys = metadata(model) if part == 0 else {}
        keys |= {"split.no": part, "split.count": parts, "split.tensors.count": len(tensors)}
        paths.append(Path(folder) / part_name(model, part, parts))
        gguf_file.write_gguf(paths[-1], keys, mine)
    return paths


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True, choices=MODELS)
    p.add_argument("--type", required=True, type=str.upper, choices=block_formats.BY_NAME)
    p.add_argument("--vocab", help="GGUF file to take the tokenizer from")
    p.add_argument("--out", required=True)
    a = p.parse_args()
    write_model(a.model, a.type, a.out, a.vocab)


if __name__ == "__main__":
    main()
