//===- codegen/image/WeightSection.h - packs the weights of a model --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_WEIGHTSECTION_H
#define QWENC_CODEGEN_IMAGE_WEIGHTSECTION_H

#include "frontend/Model.h"
#include "ir/QwenDialect.h"
#include "ir/kernels/KernelSpec.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// Writes the weight section that a scheduled module describes (qwen.packed on
/// its tensors, qwen.rope_tables) to `file` from byte `offset` on. Tensors
/// stream from the mapped model through `threads` packers; memory stays at a
/// few MiB a thread, and pages of the model are given back as they are used.
/// `progress` hears the bytes written so far, from one thread at a time.
llvm::Error writeWeightSection(mlir::ModuleOp scheduled, const Model &model, KernelArch arch,
                               int file, uint64_t offset, unsigned threads,
                               llvm::function_ref<void(uint64_t)> progress);

} // namespace qwenc
#endif
