//===- frontend/Model.h - a checked model, its weights still in the file --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_MODEL_H
#define QWENC_FRONTEND_MODEL_H

#include "frontend/ModelConfig.h"
#include "frontend/TokenizerSpec.h"
#include "support/MappedFile.h"
#include "support/quant/BlockFormat.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace qwenc {

/// Where a weight lies and how it is stored. Every type here is supported.
struct TensorInfo {
  std::string name; // GGUF's: "blk.0.attn_q.weight"
  GgmlType type;
  /// (rows, columns), (elements) or (experts, rows, columns): numpy's order.
  llvm::SmallVector<uint64_t, 2> shape;
  uint32_t part;       // of the model's files, counted from 0
  uint64_t fileOffset; // in that file, of the first byte
  uint64_t bytes;

  bool isVector() const { return shape.size() == 1; }
  /// Of all experts together.
  uint64_t rows() const { return elements() / columns(); }
  uint64_t elements() const {
    uint64_t count = 1;
    for (uint64_t size : shape)
      count *= size;
    return count;
  }
  uint64_t columns() const { return shape.back(); }
  uint64_t rowBytes() const { return blockFormat(type).rowBytes(columns()); }
};

/// What loadModel found. Owns the mappings that the views of `tokenizer` and the
/// spans of data() point into. The tensors are exactly the ones that the
/// architecture has, each of the right shape:
///
///   token_embd.weight            (vocab, hidden)
///   blk.N.attn_norm.weight       (hidden)
///   blk.N.attn_{q,k,v}.weight    (queryWidth or kvWidth, hidden)
///   blk.N.attn_{q,k,v}.bias      (queryWidth or kvWidth)      if qkvBias
///   blk.N.attn_{q,k}_norm.weight (headDim)                    if qkNorm
///   blk.N.attn_output.weight     (hidden, queryWidth)
///   blk.N.ffn_norm.weight        (hidden)
///   blk.N.ffn_{gate,up}.weight   (ffn, hidden)                unless experts
///   blk.N.ffn_down.weight        (hidden, ffn)
///   blk.N.ffn_gate_inp.weight         (experts, hidden)             if experts
///   blk.N.ffn_{gate,up}_exps.weight   (experts, expertFfn, hidden)
///   blk.N.ffn_down_exps.weight        (experts, hidden, expertFfn)
///   blk.N.ffn_gate_inp_shexp.weight   (hidden)                      if sharedExpert
///   blk.N.ffn_{gate,up}_shexp.weight  (ffn, hidden)
///   blk.N.ffn_down_shexp.weight       (hidden, ffn)
///   output_norm.weight           (hidden)
///   output.weight                (vocab, hidden)              unless tiedHead
///
/// Vectors are F32, F16 or BF16. If qkvFused, the file has attn_qkv.{weight,bias}
/// in place of Q, K and V, one below the other; here they are three tensors, since
/// rows are all that a projection is made of.
struct Model {
  ModelConfig config;
  TokenizerSpec tokenizer;
  std::vector<MappedFile> files;   // the parts in order
  std::vector<TensorInfo> tensors; // in the order of the file
  llvm::StringMap<size_t> tensorIndex;

  /// Null if the model has no such tensor.
  const TensorInfo *find(llvm::StringRef name) const {
    auto it = tensorIndex.find(name);
    return it == tensorIndex.end() ? nullptr : &tensors[it->second];
  }
  /// The tensor of that name, which the architecture has (else: a bug of ours).
  const TensorInfo &tensor(llvm::StringRef name) const {
    const TensorInfo *info = find(name);
    assert(info && "the architecture has no such tensor");
    return *info;
  }
  /// A tensor's bytes in the mapping.
  llvm::ArrayRef<uint8_t> data(const TensorInfo &info) const {
    return {files[info.part].data() + info.fileOffset, static_cast<size_t>(info.bytes)};
  }
  /// Gives the pages of a tensor's data back once it has been used: touched
  /// pages of the mapping count as resident memory.
  void drop(const TensorInfo &info) const {
    files[info.part].dropPages(info.fileOffset, info.bytes);
  }
};

} // namespace qwenc
#endif
