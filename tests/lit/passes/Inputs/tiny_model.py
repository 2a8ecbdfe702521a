#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a tiny llama-like model of N layers as graph level IR: Q4_0 weights,
width 64, 4 query and 2 KV heads of 16, feed-forward 96, 40 tokens.

    tiny_model.py N [TARGET_CLASS]
"""
import sys

MATRICES = {"attn_q": (64, 64), "attn_k": (32, 64), "attn_v": (32, 64), "attn_output": (64, 64),
            "ffn_gate": (96, 64), "ffn_up": (96, 64), "ffn_down": (64, 96)}
TARGETS = {"avx2": ("x86-64-v3", "x86_64-linux-gnu"),
           "neon_dotprod": ("cortex-a76", "aarch64-linux-gnu")}


def project(result, source, name):
    rows, cols = MATRICES[name]
    return f"""\
      %w_{name} = qwen.layer_weight "{name}.weight" : <{rows}x{cols}, q4_0>
      %f_{name} = qwen.dequantize %w_{name} : <{rows}x{cols}, q4_0> -> tensor<{rows}x{cols}xf32>
      %{result} = qwen.matmul %{source}, %f_{name}
          : tensor<?x{cols}xf32>, tensor<{rows}x{cols}xf32> -> tensor<?x{rows}xf32>"""


def norm(result, source, name):
    return f"""\
      %w_{name} = qwen.layer_weight "{name}.weight" : <64, f32>
      %{result} = qwen.rms_norm %{source}, %w_{name} eps 1.0e-5 : tensor<?x64xf32>, <64, f32>"""


def main():
    layers = int(sys.argv[1])
    kernel_class = sys.argv[2] if len(sys.argv) > 2 else "avx2"
    cpu, triple = TARGETS[kernel_class]
    tensors = ["  qwen.tensor @token_embd.weight at 0 : !qwen.weight<40x64, q8_0>"]
    for layer in range(layers):
        for name in ("attn_norm", "ffn_norm"):
            tensors.append(f"  qwen.tensor @blk.{layer}.{name}.weight at 0 : !qwen.weight<64, f32>")
        for name, (rows, cols) in MATRICES.items():
            tensors.append(f"  qwen.tensor @blk.{layer}.{name}.weight at 0"
                           f" : !qwen.weight<{rows}x{cols}, q4_0>")
    tensors.append("  qwen.tensor @output_norm.weight at 0 : !qwen.weight<64, f32>")
    body = "\n".join([
        norm("n", "h", "attn_norm"),
        project("q0", "n", "attn_q"),
        project("k0", "n", "attn_k"),
        project("v", "n", "attn_v"),
        """\
      %q = qwen.rope %q0 pairs head_dim 16 : tensor<?x64xf32>
      %k = qwen.rope %k0 pairs head_dim 16 : tensor<?x32xf32>
      %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> <2x16>
      %a = qwen.attention %q, %kv : tensor<?x64xf32>, <2x16>""",
        project("o", "a", "attn_output"),
        "      %r = qwen.add %h, %o : tensor<?x64xf32>",
        norm("m", "r", "ffn_norm"),
        project("g", "m", "ffn_gate"),
        project("u", "m", "ffn_up"),
        "      %s = qwen.swiglu %g, %u : tensor<?x96xf32>",
        project("d", "s", "ffn_down"),
        "      %z = qwen.add %r, %d : tensor<?x64xf32>",
    ])
    print(f"""\
module attributes {{
  qwen.model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = {layers},
      heads = 4, kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
      rope_theta = 1.0e6 : f64, rope = pairs, eps = 1.0e-5 : f64>,
  qwen.target = #qwen.target<cpu = "{cpu}", triple = "{triple}", kernel_class = "{kernel_class}",
      features = "", l1_bytes = 32768, l2_bytes = 524288>
}} {{
{chr(10).join(tensors)}
  func.func @step(%tokens: tensor<?xi32>) -> tensor<?x40xf32> {{
    %e = qwen.weight @token_embd.weight : <40x64, q8_0>
    %x = qwen.embed %tokens, %e : tensor<?xi32>, <40x64, q8_0> -> tensor<?x64xf32>
    %y = qwen.layers %x order [{", ".join(["0"] * layers)}] : tensor<?x64xf32> {{
    ^bb0(%h: tensor<?x64xf32>):
{body}
      qwen.yield %z : tensor<?x64xf32>
    }}
    %l = qwen.logit_rows %y : tensor<?x64xf32>
    %no = qwen.weight @output_norm.weight : <64, f32>
    %ln = qwen.rms_norm %l, %no eps 1.0e-5 : tensor<?x64xf32>, <64, f32>
    %f = qwen.dequantize %e : <40x64, q8_0> -> tensor<40x64xf32>
    %logits = qwen.matmul %ln, %f : tensor<?x64xf32>, tensor<40x64xf32> -> tensor<?x40xf32>
    return %logits : tensor<?x40xf32>
  }}
}}""")


if __name__ == "__main__":
    main()
