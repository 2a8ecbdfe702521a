//===- frontend/transforms/LoraAdapter.h - low-rank updates of weights ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An adapter adds to some matrices W (rows x columns) the product of two narrow
// ones:
//
//   W' = W + scale * B A       B: rows x rank, A: rank x columns
//
// Two kinds of files hold one:
//   GGUF   general.type = adapter, adapter.type = lora, adapter.lora.alpha; tensors
//          NAME.lora_a and NAME.lora_b beside the model's NAME; scale = alpha / rank
//   PEFT   a folder of adapter_config.json and adapter_model.safetensors with the
//          checkpoint's names; scale = lora_alpha / rank, or with use_rslora
//          lora_alpha / sqrt(rank)
// https://arxiv.org/abs/2106.09685, https://arxiv.org/abs/2312.03732
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_TRANSFORMS_LORAADAPTER_H
#define QWENC_FRONTEND_TRANSFORMS_LORAADAPTER_H

#include "frontend/Model.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace qwenc {

/// A matrix of plain floats in an adapter's file.
struct LoraMatrix {
  GgmlType type = GgmlType::F32; // F32, F16 or BF16
  uint64_t rows = 0, columns = 0;
  uint64_t offset = 0; // in the file
};

/// The update of one tensor of the model, of the right shape for it.
struct LoraPair {
  std::string tensor; // GGUF's name: "blk.0.attn_q.weight"
  LoraMatrix a, b;    // rank x columns; rows x rank
  float scale;        // of B A, without the user's factor
  /// Heads whose rows of B lie in halves, where the file has them in pairs: row
  /// 2i + h of a head of the model is row i + h * headDim/2 of B's. 0: as they are.
  uint32_t headsInHalves = 0;
};

struct LoraAdapter {
  MappedFile file;
  std::vector<LoraPair> pairs; // in the order of the model's tensors

  /// The bytes that all of the adapter's meaning lies in, for a fingerprint.
  std::string config; // PEFT: adapter_config.json; GGUF: empty
};

/// Reads a GGUF file, or a folder that PEFT wrote, and checks it against the model.
/// The error begins with the path of the file that is at fault.
llvm::Expected<std::shared_ptr<LoraAdapter>> readLoraAdapter(const std::string &path,
                                                             const Model &model);

// The two kinds, for readLoraAdapter.
llvm::Error readGGUFAdapter(const Model &model, LoraAdapter &adapter);
llvm::Error readPeftAdapter(const std::string &folder, const Model &model, LoraAdapter &adapter);

/// Checks shapes and ranks of a pair against the model's tensor: "" or what is wrong.
std::string checkLoraShapes(const Model &model, const LoraPair &pair);

} // namespace qwenc
#endif
