//===- tests/kernels/halide/CheckedKernels.cpp - which kernels are run ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernels/halide/KernelChecks.h"

#include <utility>

namespace qwenc::test {

using Kind = HalideKernelKind;

std::vector<HalideKernelSpec> checkedKernels() {
  std::vector<HalideKernelSpec> specs;
  auto add = [&](Kind kind, const char *name) -> HalideKernelSpec & {
    HalideKernelSpec spec;
    spec.kind = kind;
    spec.symbol = std::string("qwen_check_") + name + "_" + std::to_string(specs.size());
    spec.eps = 1e-5f;
    specs.push_back(spec);
    return specs.back();
  };

  for (int width : {24, 64, 576, 896})
    add(Kind::RMSNorm, "rms_norm").width = width;
  for (int width : {32, 576, 896})
    add(Kind::NormQuantize, "norm_quantize").width = width;
  add(Kind::Quantize, "quantize");
  for (int group : {64, 128}) {
    HalideKernelSpec &norm = add(Kind::NormQuantize, "norm_quantize_group");
    norm.width = 896;
    norm.group = group;
    add(Kind::Quantize, "quantize_group").group = group;
    add(Kind::SwiGLUQuantize, "swiglu_quantize_group").group = group;
  }
  for (int sums : {1, 2, 3}) {
    HalideKernelSpec &norm = add(Kind::NormQuantize, "norm_quantize_sums");
    norm.width = 896;
    norm.halves = sums & 1;
    norm.scaled = sums & 2;
    HalideKernelSpec &quantize = add(Kind::Quantize, "quantize_sums");
    quantize.group = sums == 3 ? 64 : 32;
    quantize.halves = sums & 1;
    quantize.scaled = sums & 2;
    HalideKernelSpec &swiglu = add(Kind::SwiGLUQuantize, "swiglu_quantize_sums");
    swiglu.halves = sums & 1;
    swiglu.scaled = sums & 2;
  }
  add(Kind::Add, "add");
  add(Kind::AddBias, "add_bias");
  add(Kind::SwiGLU, "swiglu");
  add(Kind::SwiGLUQuantize, "swiglu_quantize");
  add(Kind::Argmax, "argmax");

  auto addQ8 = [&](Kind kind, const char *name, int headDim) -> HalideKernelSpec & {
    HalideKernelSpec &spec = add(kind, name);
    spec.headDim = headDim;
    spec.cache = KVFormat::Q8;
    return spec;
  };
  for (int headDim : {16, 64, 80, 128}) {
    add(Kind::HeadNorm, "head_norm").headDim = headDim;
    add(Kind::RoPE, "rope").headDim = headDim;
    HalideKernelSpec &turned = add(Kind::RoPE, "rope_interleaved");
    turned.headDim = headDim;
    turned.interleaved = true;
    add(Kind::HeadNormRoPE, "head_norm_rope").headDim = headDim;
    add(Kind::KStore, "k_store").headDim = headDim;
    add(Kind::VStore, "v_store").headDim = headDim;
    add(Kind::RoPEKStore, "rope_k_store").headDim = headDim;
    HalideKernelSpec &stored = add(Kind::RoPEKStore, "rope_interleaved_k_store");
    stored.headDim = headDim;
    stored.interleaved = true;
    add(Kind::HeadNormRoPEKStore, "head_norm_rope_k_store").headDim = headDim;
    addQ8(Kind::KStore, "k_store_q8", headDim);
    addQ8(Kind::VStore, "v_store_q8", headDim);
    addQ8(Kind::RoPEKStore, "rope_k_store_q8", headDim);
    addQ8(Kind::RoPEKStore, "rope_interleaved_k_store_q8", headDim).interleaved = true;
    addQ8(Kind::HeadNormRoPEKStore, "head_norm_rope_k_store_q8", headDim);
  }

  struct Shape {
    int headDim, group;
  };
  for (Shape shape :
       {Shape{16, 2}, {32, 1}, {64, 3}, {64, 7}, {80, 8}, {96, 5}, {128, 1}, {128, 2}, {128, 12}}) {
    HalideKernelSpec &decode = add(Kind::AttentionDecode, "attention_decode");
    decode.headDim = shape.headDim;
    decode.rows = shape.group;
    addQ8(Kind::AttentionDecode, "attention_decode_q8", shape.headDim).rows = shape.group;
    for (KVFormat cache : {KVFormat::F16, KVFormat::Q8})
      for (Kind kind : {Kind::AttentionScores, Kind::AttentionValues}) {
        HalideKernelSpec &half = add(kind, "attention_half");
        half.headDim = shape.headDim;
        half.rows = shape.group;
        half.cache = cache;
        if (kind == Kind::AttentionValues)
          half.width = attentionValueSlice(shape.headDim);
      }
  }
  for (int headDim : {16, 32, 64, 80, 96, 128}) {
    HalideKernelSpec &prefill = add(Kind::AttentionPrefill, "attention_prefill");
    prefill.headDim = headDim;
    prefill.rows = attentionPrefillRows;
    addQ8(Kind::AttentionPrefill, "attention_prefill_q8", headDim).rows = attentionPrefillRows;
  }

  for (auto [experts, used] : {std::pair(4, 1), {6, 2}, {60, 4}, {64, 3}, {128, 8}}) {
    HalideKernelSpec &top = add(Kind::TopExperts, "top_experts");
    top.width = experts;
    top.rows = used;
    top.normalized = used % 2 == 0;
  }
  for (int used : {1, 2, 3, 8})
    add(Kind::ExpertSum, "expert_sum").rows = used;
  for (int width : {24, 256, 576})
    add(Kind::SigmoidGate, "sigmoid_gate").width = width;
  return specs;
}

} // namespace qwenc::test
