#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Make the stored reference logits of the tiny models with `transformers`.

Run by developers only, when a tiny model changes; needs torch and transformers.
Each tiny-*.logits.npz holds `tokens` (300 token numbers, one sequence),
`positions` and `logits`, float32 [positions][vocabulary].

Example:
  transformers_logits.py        (writes beside this script)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import (LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM,
                          Qwen3Config, Qwen3ForCausalLM)

from make_tiny_model import MODELS, TINY, weights

CLASSES = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
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
    "ffn_down": "mlp.down_proj",
}


def checkpoint_name(name: str) -> str:
    """blk.0.attn_q.weight -> model.layers.0.self_attn.q_proj.weight"""
    parts = name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{RENAMED[parts[2]]}.{parts[3]}"
    return f"{RENAMED[parts[0]]}.{parts[1]}"


def build(model: str) -> torch.nn.Module:
    s = MODELS[model]
    config_class, model_class = CLASSES[s.arch]
    config = config_class(
        vocab_size=s.vocab, hidden_size=s.hidden, intermediate_size=s.ffn,
        num_hidden_layers=s.layers, num_attention_heads=s.heads,
        num_key_value_heads=s.kv_heads, head_dim=s.head_dim, hidden_act="silu",
        max_position_embeddings=s.context, rms_norm_eps=s.rms_eps,
        rope_theta=s.rope_theta,
        rope_parameters={"rope_type": "default", "rope_theta": s.rope_theta},
        tie_word_embeddings=s.tied, attention_dropout=0.0, use_sliding_window=False)
    config._attn_implementation = "eager"
    network = model_class(config).float().eval()
    state = {checkpoint_name(w.name): torch.from_numpy(w.values()) for w in weights(model)}
    if s.tied:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    network.load_state_dict(state, strict=True)
    return network


def main() -> None:
    for model in TINY:
        tokens = np.random.RandomState(7).randint(0, MODELS[model].vocab, TOKENS).astype(np.int32)
        with torch.no_grad():
            logits = build(model)(torch.from_numpy(tokens.astype(np.int64))[None]).logits[0]
        path = Path(__file__).with_name(f"{model}.logits.npz")
        np.savez_compressed(path, tokens=tokens, positions=np.asarray(POSITIONS, np.int32),
                            logits=logits[POSITIONS].numpy())
        print(f"{path.name}: std {logits.std():.3f}")


if __name__ == "__main__":
    main()
