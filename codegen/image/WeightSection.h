//===- codegen/image/WeightSection.h - packs the weights of a model --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_WEIGHTSECTION_H
#define QWENC_CODEGEN_IMAGE_WEIGHTSECTION_H

#include "ir/QwenDialect.h"
#include "ir/kernels/KernelSpec.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace qwenc {

/// Where the packer finds the tensors that the module names. Called by many threads.
class WeightSource {
public:
  virtual ~WeightSource() = default;
  /// The rows of these numbers, one after the other, in the format that the module
  /// gives to the tensor; a view of the source's memory or of `buffer`. A vector is
  /// its row 0.
  virtual llvm::Expected<const uint8_t *> read(llvm::StringRef tensor, llvm::ArrayRef<int64_t> rows,
                                               std::vector<uint8_t> &buffer) const = 0;
  /// The tensor will not be read again: its memory can go.
  virtual void release(llvm::StringRef tensor) const = 0;
};

/// Writes the weight section that a scheduled module describes (qwen.packed on
/// its tensors, qwen.rope_tables) to `file` from byte `offset` on. Tensors
/// stream from the source through `threads` packers, each row once; memory stays
/// at a few MiB a thread. `progress` hears the bytes written so far, from one thread at a
/// time.
llvm::Error writeWeightSection(mlir::ModuleOp scheduled, const WeightSource &source,
                               KernelArch arch, int file, uint64_t offset, unsigned threads,
                               llvm::function_ref<void(uint64_t)> progress);

} // namespace qwenc
#endif
