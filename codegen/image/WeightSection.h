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

namespace qwenc {

/// Where the packer finds the tensors of the model file. Called by many threads.
class WeightSource {
public:
  virtual ~WeightSource() = default;
  /// All bytes of a tensor, rows in the order and format of the file.
  virtual llvm::ArrayRef<uint8_t> read(llvm::StringRef tensor) const = 0;
  /// The tensor will not be read again: its memory can go.
  virtual void release(llvm::StringRef tensor) const = 0;
};

/// Writes the weight section that a scheduled module describes (qwen.packed on
/// its tensors, qwen.rope_tables) to `file` from byte `offset` on. Tensors
/// stream from the source through `threads` packers; memory stays at a few MiB
/// a thread. `progress` hears the bytes written so far, from one thread at a
/// time.
llvm::Error writeWeightSection(mlir::ModuleOp scheduled, const WeightSource &source,
                               KernelArch arch, int file, uint64_t offset, unsigned threads,
                               llvm::function_ref<void(uint64_t)> progress);

} // namespace qwenc
#endif
