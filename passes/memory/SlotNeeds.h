//===- passes/memory/SlotNeeds.h - bytes that operations need --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the planner gives to an operation and the verifier expects of it.
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_MEMORY_SLOTNEEDS_H
#define QWENC_PASSES_MEMORY_SLOTNEEDS_H

#include "ir/QwenDialect.h"

namespace qwenc {

struct SlotNeed {
  ir::Space space;
  int64_t bytes; ///< a multiple of 64
};

/// Does a result lie in the arena? The KV cache has memory of its own, and logits
/// go where the caller wants them.
bool hasSlot(mlir::Value result);

/// The slots of an operation that has a qwen.split, in a step of up to `rows`
/// tokens: its results that have one, then scratch.
llvm::SmallVector<SlotNeed> slotNeeds(mlir::Operation &op, ir::ModelAttr model, int64_t rows);

} // namespace qwenc
#endif
