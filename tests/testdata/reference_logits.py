#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Logits of a GGUF model in plain float32, the oracle of the end-to-end tests.

Written from the models' definitions, with numpy only: the matrices are the
file's own decoded weights, activations are never quantised, and sums over a
row's squares are float64. Nothing is shared with the compiler.

--kv f16 rounds keys (after rotation) and values to half floats, --kv q8 to 8-bit
integers, as the cache of a compiled program stores them; with f16, F32 models agree to 1e-3 instead of 5e-3.

With --scored the tokens are cut into chunks and the positions that `perplexity`
scores come out: ctx/2 .. ctx-2 of each chunk (255 of a chunk of 512); otherwise
the tokens are one sequence and every position comes out. The result is
little-endian float32 [positions][vocabulary], or .npy if the name ends so.

Example:
  reference_logits.py --model m.gguf --tokens t.txt --scored 512 --chunks 4 --out ref.f32
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from compare_logits import log_softmax
from gguf_file import GGUFReader


def _rms_norm(x: np.ndarray, weight: np.ndarray, eps: float) -> np.ndarray:
    mean = np.square(x, dtype=np.float64).mean(-1, keepdims=True)
    return (x / np.sqrt(mean + eps)).astype(np.float32) * weight


def round_to_half(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float16).astype(np.float32)


def round_to_q8(x: np.ndarray) -> np.ndarray:
    """[...][head_dim] as a q8 cache holds it: int8, a float scale for each 32 elements."""
    size = x.shape[-1] if x.shape[-1] % 32 else 32
    groups = x.reshape(*x.shape[:-1], -1, size)
    scale = np.abs(groups).max(-1, keepdims=True) * np.float32(1 / 127)
    codes = np.rint(groups / np.where(scale > 0, scale, np.float32(1)))
    return (codes * scale).astype(np.float32).reshape(x.shape)


ARCHITECTURES = ("llama", "qwen", "qwen2", "qwen3", "qwen2moe", "qwen3moe")


class ReferenceModel:
    """A decoder of an architecture in ARCHITECTURES."""

    def __init__(self, path: str | Path, kv: str = "f32"):
        self.file = GGUFReader(path)
        self.round_kv = {"f32": lambda x: x, "f16": round_to_half, "q8": round_to_q8}[kv]
        meta = self.file.metadata
        self.arch = meta["general.architecture"]
        if self.arch not in ARCHITECTURES:
            raise ValueError(f"{path}: architecture {self.arch}")

        def key(name, default=None):
            return meta.get(f"{self.arch}.{name}", default)

        self.layers = key("block_count")
        self.heads = key("attention.head_count")
        self.kv_heads = key("attention.head_count_kv", self.heads)
        self.head_dim = key("attention.key_length", key("embedding_length") // self.heads)
        self.eps = key("attention.layer_norm_rms_epsilon")
        self.experts_used = key("expert_used_count", 0)
        # Of the last call of logits(): the experts [layers][tokens][used], most wanted first.
        self.routes: list[np.ndarray] = []
        self.theta = key("rope.freq_base", 10000.0)
        self.scaling = key("rope.scaling.type")
        self.scaling_factor = key("rope.scaling.factor", 1.0)
        self.original_context = key("rope.scaling.original_context_length")
        self.embedding = self.file.decoded("token_embd.weight")
        tied = "output.weight" not in self.file.tensors
        self.output = self.embedding if tied else self.file.decoded("output.weight")
        self.cache: dict[str, np.ndarray] = {}

    def weight(self, name: str) -> np.ndarray:
        if name not in self.cache:
            self.cache[name] = self.file.decoded(name)
        return self.cache[name]

    def logits(self, tokens: list[int], keep: slice = slice(None)) -> np.ndarray:
        """float32 [kept positions][vocabulary] of one sequence from an empty cache."""
        x = self.embedding[np.asarray(tokens)]
        self.routes = []
        angles = self._angles(len(tokens))
        for i in range(self.layers):
            x = x + self._attention(f"blk.{i}.", x, angles)
            x = x + self._mlp(f"blk.{i}.", x)
        x = _rms_norm(x[keep], self.weight("output_norm.weight"), self.eps)
        return x @ self.output.T

    def _angles(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        inverse, magnitude = self._speeds()
        turn = np.arange(count, dtype=np.float64)[:, None, None] * inverse
        return ((magnitude * np.cos(turn)).astype(np.float32),
                (magnitude * np.sin(turn)).astype(np.float32))

    def _speeds(self) -> tuple[np.ndarray, float]:
        """Radians a position of each pair, and the length of the rotated pair."""
        speed = self.theta ** (-np.arange(0, self.head_dim, 2, dtype=np.float64) / self.head_dim)
        if "rope_freqs.weight" in self.file.tensors:
            speed = speed / self.weight("rope_freqs.weight")
        if self.scaling == "linear":
            return speed / self.scaling_factor, 1.0
        if self.scaling != "yarn":
            return speed, 1.0

        def pair(turns):  # that turns so often in the original context
            return (self.head_dim * np.log(self.original_context / (turns * 2 * np.pi))
                    / (2 * np.log(self.theta)))

        low, high = max(0, np.floor(pair(32))), min(self.head_dim - 1, np.ceil(pair(1)))
        ramp = np.clip((np.arange(self.head_dim // 2) - low) / max(high - low, 0.001), 0, 1)
        return (speed * (1 - ramp) + speed / self.scaling_factor * ramp,
                1 + 0.1 * np.log(self.scaling_factor))

    def _rotate(self, x: np.ndarray, angles) -> np.ndarray:
        """[tokens][heads][head_dim]. llama turns elements 2i and 2i + 1, the Qwen
        models i and i + head_dim/2."""
        cos, sin = angles
        half = self.head_dim // 2
        if self.arch == "llama":
            a, b = x[..., 0::2], x[..., 1::2]
        else:
            a, b = x[..., :half], x[..., half:]
        turned = (a * cos - b * sin, a * sin + b * cos)
        if self.arch == "llama":
            return np.stack(turned, -1).reshape(x.shape)
        return np.concatenate(turned, -1)

    def _project(self, block: str, kind: str, x: np.ndarray, heads: int) -> np.ndarray:
        y = x @ self.weight(f"{block}attn_{kind}.weight").T
        bias = f"{block}attn_{kind}.bias"
        if bias in self.file.tensors:
            y = y + self.weight(bias)
        return y.reshape(len(x), heads, self.head_dim)

    def _attention(self, block: str, x: np.ndarray, angles) -> np.ndarray:
        h = _rms_norm(x, self.weight(block + "attn_norm.weight"), self.eps)
        if self.arch == "qwen":
            q, k, v = np.split(self._project(block, "qkv", h, 3 * self.heads), 3, axis=1)
        else:
            q = self._project(block, "q", h, self.heads)
            k = self._project(block, "k", h, self.kv_heads)
            v = self._project(block, "v", h, self.kv_heads)
        if self.arch in ("qwen3", "qwen3moe"):
            q = _rms_norm(q, self.weight(block + "attn_q_norm.weight"), self.eps)
            k = _rms_norm(k, self.weight(block + "attn_k_norm.weight"), self.eps)
        q, k = self._rotate(q, angles), self._rotate(k, angles)
        k, v = self.round_kv(k), self.round_kv(v)
        group = self.heads // self.kv_heads
        out = np.empty_like(q)
        future = np.triu(np.ones((len(x), len(x)), bool), 1)
        for head in range(self.heads):
            scores = q[:, head] @ k[:, head // group].T * np.float32(self.head_dim ** -0.5)
            scores[future] = -np.inf
            p = np.exp(scores - scores.max(-1, keepdims=True))
            out[:, head] = p / p.sum(-1, keepdims=True) @ v[:, head // group]
        return out.reshape(len(x), -1) @ self.weight(block + "attn_output.weight").T

    def _mlp(self, block: str, x: np.ndarray) -> np.ndarray:
        h = _rms_norm(x, self.weight(block + "ffn_norm.weight"), self.eps)
        if not self.experts_used:
            return self._feed_forward(h, *(self.weight(f"{block}ffn_{kind}.weight")
                                           for kind in ("gate", "up", "down")))
        return self._experts(block, h)

    @staticmethod
    def _feed_forward(h: np.ndarray, gate, up, down) -> np.ndarray:
        g = h @ gate.T
        return (g / (1 + np.exp(-g)) * (h @ up.T)) @ down.T

    def _experts(self, block: str, h: np.ndarray) -> np.ndarray:
        wanted = np.exp(log_softmax(h @ self.weight(block + "ffn_gate_inp.weight").T))
        chosen = np.argsort(-wanted, -1, kind="stable")[:, :self.experts_used]
        self.routes.append(chosen)
        shares = np.take_along_axis(wanted, chosen, -1)
        if self.arch == "qwen3moe":
            shares = shares / shares.sum(-1, keepdims=True)
        out = np.zeros_like(h)
        matrices = [self.weight(f"{block}ffn_{kind}_exps.weight") for kind in ("gate", "up", "down")]
        for expert in np.unique(chosen):
            token, part = np.nonzero(chosen == expert)
            result = self._feed_forward(h[token], *(m[expert] for m in matrices))
            out[token] += shares[token, part, None].astype(np.float32) * result
        if self.arch == "qwen2moe":
            share = 1 / (1 + np.exp(-(h @ self.weight(block + "ffn_gate_inp_shexp.weight"))))
            out = out + share[:, None] * self._feed_forward(
                h, *(self.weight(f"{block}ffn_{kind}_shexp.weight")
                     for kind in ("gate", "up", "down")))
        return out


def read_tokens(path: str | Path) -> list[int]:
    return [int(t) for t in Path(path).read_text().split()]


def scored_chunks(tokens: list[int], ctx: int, chunks: int | None) -> list[list[int]]:
    """Whole chunks of `ctx` tokens. The models here add no BOS token."""
    whole = [tokens[i:i + ctx] for i in range(0, len(tokens) - ctx + 1, ctx)]
    return whole[:chunks]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--tokens", required=True, help="file of token numbers")
    p.add_argument("--scored", type=int, metavar="CTX")
    p.add_argument("--chunks", type=int)
    p.add_argument("--kv", choices=("f32", "f16", "q8"), default="f32")
    p.add_argument("--out")
    a = p.parse_args()

    model = ReferenceModel(a.model, a.kv)
    tokens = read_tokens(a.tokens)
    if not a.scored:
        parts = [model.logits(tokens)]
    else:
        parts, losses = [], []
        for chunk in scored_chunks(tokens, a.scored, a.chunks):
            parts.append(model.logits(chunk, slice(a.scored // 2, a.scored - 1)))
            wanted = np.asarray(chunk[a.scored // 2 + 1:])
            losses.append(-log_softmax(parts[-1])[np.arange(len(wanted)), wanted])
            print(f"chunk {len(parts)}: perplexity {np.exp(np.mean(losses)):.4f}", flush=True)
    if a.out:
        result = np.concatenate(parts)
        np.save(a.out, result) if a.out.endswith(".npy") else result.astype("<f4").tofile(a.out)


if __name__ == "__main__":
    main()
