//===- passes/Pipelines.h - which passes run, in which order ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_PIPELINES_H
#define QWENC_PASSES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>

namespace qwenc {

class TileCostModel;

/// Graph level to fused level, without the passes of the flags in `disabled`.
/// Of those that remain, the first `done` ran before: they are left out too.
void buildFusionPipeline(mlir::OpPassManager &pm, llvm::ArrayRef<std::string> disabled = {},
                         unsigned done = 0);
/// Fused level to scheduled level, without the first `done` passes; needs
/// #qwen.target on the module. Tiles are the cheapest in the eyes of `costs`,
/// which must outlive the passes, or without one the table's.
void buildSchedulePipeline(mlir::OpPassManager &pm, unsigned done = 0,
                           TileCostModel *costs = nullptr);
/// Scheduled level to step functions that call kernels by name.
void buildLoweringPipeline(mlir::OpPassManager &pm);

/// Registers all passes, and the pipelines as qwen-fusion, qwen-schedule and
/// qwen-lowering.
void registerPassesAndPipelines();

} // namespace qwenc
#endif
