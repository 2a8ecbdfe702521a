//===- frontend/ModelConfig.h - the hyper-parameters of a model -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_MODELCONFIG_H
#define QWENC_FRONTEND_MODELCONFIG_H

#include "frontend/gguf/GGUFReader.h"
#include "ir/kernels/RopeScaling.h"

#include <cstdint>
#include <string>

namespace qwenc {

enum class Architecture {
  Qwen,     // Qwen-1.8B, -7B ...: Q, K and V are one tensor with a bias, no grouped queries
  Qwen2,    // Qwen2, Qwen2.5: biases on Q, K and V
  Qwen3,    // per-head RMSNorm on Q and K, head size of its own
  Qwen2MoE, // Qwen2 with experts, and one that all tokens share
  Qwen3MoE, // Qwen3 with experts
  Llama,    // no biases, interleaved RoPE
};

/// "qwen", "qwen2", "qwen3moe" ...: general.architecture, and the prefix of its keys.
const char *architectureName(Architecture arch);

/// All numbers are checked: sizes are >= 1, heads is a multiple of kvHeads,
/// headDim is even, rmsEps and ropeTheta are finite and positive, and whatever
/// else the file says of the architecture leaves the graph as it is.
struct ModelConfig {
  Architecture arch;
  std::string name; // general.name, "" if absent
  uint32_t hidden;  // width of the residual stream
  uint32_t layers;
  uint32_t heads;          // query heads
  uint32_t kvHeads;        // key/value heads; query head h reads h / (heads / kvHeads)
  uint32_t headDim;        // of Q, K and V alike
  uint32_t ffn;            // width of gate and up; beside experts: of the shared one's
  uint32_t experts;        // 0: one feed-forward network for all tokens
  uint32_t expertsUsed;    // by a token; <= experts
  uint32_t expertFfn;      // width of an expert's gate and up
  uint32_t vocab;          // rows of the embedding and of the head
  uint32_t contextLength;  // positions the model was trained for
  double ropeTheta;        // base of the rotary angles, theta^(-2i/ropeDim)
  uint32_t ropeDim;        // rotated elements of a head; == headDim
  RopeScaling ropeScaling; // its factors are filled in by loadModel
  float rmsEps;
  bool ropeInterleaved; // pairs (2i, 2i+1) turn, else (i, i + ropeDim/2)
  bool qkvFused;        // the rows of Q, K and V lie in one tensor, attn_qkv
  bool qkvBias;
  bool qkNorm;
  bool sharedExpert;      // of width ffn, gated by a sigmoid
  bool expertsNormalized; // the weights of a token's experts add up to 1
  bool tiedHead;          // logits come from token_embd.weight

  uint32_t queryWidth() const { return heads * headDim; }
  uint32_t kvWidth() const { return kvHeads * headDim; }
};

/// Reads and checks the metadata of the architecture. `vocab` and `tiedHead`,
/// which tokenizer and tensors decide, are filled in by loadModel.
llvm::Expected<ModelConfig> readModelConfig(const gguf::File &file);

} // namespace qwenc
#endif
