#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Make the stored reference logits of the tiny models with `transformers`.

Run by developers only, when a tiny model changes; needs torch and transformers.
The first Qwen is no class of theirs: first_qwen() is written after the code that
was published with its weights, and compared with a Qwen2 of the same weights.
Each *.logits.npz holds `tokens` (300 token numbers, one sequence),
`positions` and `logits`, float32 [positions][vocabulary]; with experts also `routes`,
uint8 [layers][tokens][experts of a token], the most wanted first.

Example:
  transformers_logits.py [MODEL...]        (all of them; writes beside this script)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from transformers import (LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM,
                          Qwen2MoeConfig, Qwen2MoeForCausalLM, Qwen3Config, Qwen3ForCausalLM,
                          Qwen3MoeConfig, Qwen3MoeForCausalLM)

from make_tiny_model import MODELS, ROPE, TINY, Shape, weights

CLASSES = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    "qwen2moe": (Qwen2MoeConfig, Qwen2MoeForCausalLM),
    "qwen3moe": (Qwen3MoeConfig, Qwen3MoeForCausalLM),
}
TOKENS = 300
# All of the first, those beside powers of two (blocks of keys end there), the last.
POSITIONS = [*range(8), 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129,
             200, 255, 256, 257, 297, 298, 299]
RENAMED = {
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "ffn_gate_inp": "mlp.gate",
    "ffn_gate_inp_shexp": "mlp.shared_expert_gate", "ffn_gate_shexp": "mlp.shared_expert.gate_proj",
    "ffn_up_shexp": "mlp.shared_expert.up_proj", "ffn_down_shexp": "mlp.shared_expert.down_proj",
}


def checkpoint_name(name: str) -> str:
    """blk.0.attn_q.weight -> model.layers.0.self_attn.q_proj.weight"""
    if name.startswith("model."):
        return name
    parts = name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{RENAMED[parts[2]]}.{parts[3]}"
    return f"{RENAMED[parts[0]]}.{parts[1]}"


def rope_parameters(s: Shape) -> dict:
    out = {"rope_type": s.scaling or "default", "rope_theta": s.rope_theta}
    if s.scaling:
        out["factor"] = s.scaling_factor
    if s.scaling in ("yarn", "llama3"):
        out["original_max_position_embeddings"] = s.context
    if s.scaling == "llama3":
        out |= {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
    return out


def first_qwen(model: str, tokens: torch.Tensor) -> torch.Tensor:
    """Logits [tokens][vocabulary] of a model of the first Qwen generation, without
    dynamic NTK and logn, which do nothing within the trained context."""
    s = MODELS[model]
    w = {x.name: torch.from_numpy(x.values()) for x in weights(model)}
    count, half = len(tokens), s.head_dim // 2
    inverse = 1.0 / s.rope_theta ** (torch.arange(0, s.head_dim, 2).float() / s.head_dim)
    angles = torch.outer(torch.arange(count).float(), inverse)
    cos, sin = (torch.cat([f(angles)] * 2, -1)[:, None] for f in (torch.cos, torch.sin))

    def norm(x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + s.rms_eps) * w[name]

    def rotate(x):
        return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin

    x = w["token_embd.weight"][tokens]
    for i in range(s.layers):
        b = f"blk.{i}."
        mixed = norm(x, b + "attn_norm.weight") @ w[b + "attn_qkv.weight"].T
        mixed = mixed + w[b + "attn_qkv.bias"]
        q, k, v = (part.reshape(count, s.heads, s.head_dim)
                   for part in mixed.split(s.heads * s.head_dim, -1))
        scores = torch.einsum("qhd,khd->hqk", rotate(q), rotate(k)) / s.head_dim ** 0.5
        future = torch.ones(count, count, dtype=torch.bool).triu(1)
        p = scores.masked_fill(future, float("-inf")).softmax(-1)
        heads = torch.einsum("hqk,khd->qhd", p, v).reshape(count, -1)
        x = x + heads @ w[b + "attn_output.weight"].T
        h = norm(x, b + "ffn_norm.weight")
        a1, a2 = h @ w[b + "ffn_up.weight"].T, h @ w[b + "ffn_gate.weight"].T  # w1 and w2
        x = x + (a1 * torch.nn.functional.silu(a2)) @ w[b + "ffn_down.weight"].T
    return norm(x, "output_norm.weight") @ w["output.weight"].T


def split_qkv(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The first Qwen's weights under Qwen2's names."""
    out = {}
    for name, value in state.items():
        if ".attn_qkv." in name:
            for letter, part in zip("qkv", value.chunk(3)):
                out[name.replace("attn_qkv", "attn_" + letter)] = part
        else:
            out[name] = value
    return out


def join_experts(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The experts as transformers keeps them: gate above up, and no `.weight`."""
    out = dict(state)
    for name in state:
        layer, _, kind = name.partition(".ffn_gate_exps.")
        if kind:
            block = "model.layers." + layer.removeprefix("blk.") + ".mlp.experts."
            gate_up = [out.pop(f"{layer}.ffn_{half}_exps.weight") for half in ("gate", "up")]
            out[block + "gate_up_proj"] = torch.cat(gate_up, 1)
            out[block + "down_proj"] = out.pop(layer + ".ffn_down_exps.weight")
        if name.endswith("ffn_gate_inp_shexp.weight"):
            out[name] = state[name][None]
    return out


def build(model: str) -> torch.nn.Module:
    s = MODELS[model]
    config_class, model_class = CLASSES["qwen2" if s.arch == "qwen" else s.arch]
    experts = {}
    if s.experts:
        experts = dict(num_experts=s.experts, num_experts_per_tok=s.experts_used,
                       moe_intermediate_size=s.expert_ffn, shared_expert_intermediate_size=s.ffn,
                       decoder_sparse_step=1, mlp_only_layers=[],
                       norm_topk_prob=s.arch == "qwen3moe")
    config = config_class(
        **experts, vocab_size=s.vocab, hidden_size=s.hidden, intermediate_size=s.ffn,
        num_hidden_layers=s.layers, num_attention_heads=s.heads,
        num_key_value_heads=s.kv_heads, head_dim=s.head_dim, hidden_act="silu",
        max_position_embeddings=int(s.context * (s.scaling_factor if s.scaling else 1)),
        rms_norm_eps=s.rms_eps, rope_parameters=rope_parameters(s),
        tie_word_embeddings=s.tied, attention_dropout=0.0, use_sliding_window=False)
    config._attn_implementation = "eager"
    network = model_class(config).float().eval()
    state = join_experts(split_qkv({w.name: torch.from_numpy(w.values()) for w in weights(model)}))
    state = {checkpoint_name(name): value for name, value in state.items()}
    if s.tied:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    network.load_state_dict(state, strict=True)
    return network


def main() -> None:
    for model in sys.argv[1:] or TINY + ROPE:
        tokens = np.random.RandomState(7).randint(0, MODELS[model].vocab, TOKENS).astype(np.int32)
        numbers = torch.from_numpy(tokens.astype(np.int64))
        network, routes = build(model), []
        if MODELS[model].experts:
            for layer in network.model.layers:
                layer.mlp.gate.register_forward_hook(lambda _, __, out: routes.append(out[2]))
        with torch.no_grad():
            logits = network(numbers[None]).logits[0]
            if MODELS[model].arch == "qwen":
                qwen2, logits = logits, first_qwen(model, numbers)
                assert (logits - qwen2).abs().max() < 1e-4, "Qwen and Qwen2 differ"
        extra = {"routes": torch.stack(routes).numpy().astype(np.uint8)} if routes else {}
        path = Path(__file__).with_name(f"{model}.logits.npz")
        np.savez_compressed(path, tokens=tokens, positions=np.asarray(POSITIONS, np.int32),
                            logits=logits[POSITIONS].numpy(), **extra)
        print(f"{path.name}: std {logits.std():.3f}")


if __name__ == "__main__":
    main()
