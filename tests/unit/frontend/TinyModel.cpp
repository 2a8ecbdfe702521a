//===- tests/unit/frontend/TinyModel.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tests/unit/frontend/GGUFBuilder.h"

using namespace qwenc;

GGUFBuilder qwenc::tinyModel(const std::string &arch) {
  GGUFBuilder gguf;
  gguf.set("general.architecture", arch);
  gguf.set("general.name", "Tiny");
  gguf.set(arch + ".block_count", 1);
  gguf.set(arch + ".context_length", 128);
  gguf.set(arch + ".embedding_length", 32);
  gguf.set(arch + ".feed_forward_length", arch == "qwen" ? 128 : 64);
  gguf.set(arch + ".attention.head_count", 2);
  if (arch != "qwen")
    gguf.set(arch + ".attention.head_count_kv", 1);
  gguf.set(arch + ".attention.layer_norm_rms_epsilon", 1e-6f);
  gguf.set(arch + ".rope.freq_base", 1e6f);
  gguf.set("tokenizer.ggml.model", "gpt2");
  gguf.set("tokenizer.ggml.pre", "qwen2");
  gguf.set("tokenizer.ggml.tokens",
           EncodedValue::strings({"a", "b", "c", "ab", "bc", "abc", "<|im_start|>", "<|im_end|>"}));
  gguf.set("tokenizer.ggml.token_type", EncodedValue::integers({1, 1, 1, 1, 1, 1, 3, 3}));
  gguf.set("tokenizer.ggml.merges", EncodedValue::strings({"a b", "b c", "ab c"}));
  gguf.set("tokenizer.ggml.bos_token_id", 6);
  gguf.set("tokenizer.ggml.eos_token_id", 7);
  gguf.set("tokenizer.ggml.add_bos_token", false);

  gguf.add("token_embd.weight", {8, 32}, GgmlType::Q8_0);
  gguf.add("blk.0.attn_norm.weight", {32});
  if (arch == "qwen") {
    gguf.add("blk.0.attn_qkv.weight", {96, 32}, GgmlType::Q4_0);
    gguf.add("blk.0.attn_qkv.bias", {96});
  } else {
    gguf.add("blk.0.attn_q.weight", {32, 32}, GgmlType::Q4_0);
    gguf.add("blk.0.attn_k.weight", {16, 32}, GgmlType::Q4_0);
    gguf.add("blk.0.attn_v.weight", {16, 32}, GgmlType::Q4_0);
  }
  bool hasExperts = arch.ends_with("moe");
  if (arch == "qwen2" || arch == "qwen2moe") {
    gguf.add("blk.0.attn_q.bias", {32});
    gguf.add("blk.0.attn_k.bias", {16});
    gguf.add("blk.0.attn_v.bias", {16});
  }
  if (arch == "qwen3" || arch == "qwen3moe") {
    gguf.add("blk.0.attn_q_norm.weight", {16});
    gguf.add("blk.0.attn_k_norm.weight", {16});
  }
  gguf.add("blk.0.attn_output.weight", {32, 32}, GgmlType::F16);
  gguf.add("blk.0.ffn_norm.weight", {32});
  std::string kind = hasExperts ? "_shexp.weight" : ".weight";
  if (hasExperts) {
    gguf.set(arch + ".expert_count", 4);
    gguf.set(arch + ".expert_used_count", 2);
    gguf.set(arch + ".expert_feed_forward_length", 96);
    gguf.add("blk.0.ffn_gate_inp.weight", {4, 32});
    gguf.add("blk.0.ffn_gate_exps.weight", {4, 96, 32}, GgmlType::Q4_0);
    gguf.add("blk.0.ffn_up_exps.weight", {4, 96, 32}, GgmlType::Q4_0);
    gguf.add("blk.0.ffn_down_exps.weight", {4, 32, 96}, GgmlType::Q8_0);
  }
  if (arch == "qwen2moe")
    gguf.add("blk.0.ffn_gate_inp_shexp.weight", {32});
  if (arch != "qwen3moe") {
    gguf.add("blk.0.ffn_gate" + kind, {64, 32}, GgmlType::Q4_1);
    gguf.add("blk.0.ffn_up" + kind, {64, 32}, GgmlType::Q4_1);
    gguf.add("blk.0.ffn_down" + kind, {32, 64}, GgmlType::Q8_0);
  }
  gguf.add("output_norm.weight", {32});
  return gguf;
}
