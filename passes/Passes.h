//===- passes/Passes.h - the passes of qwenc -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each pass does stands in Passes.td, why it runs where it does in
// Pipelines.cpp.
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_PASSES_H
#define QWENC_PASSES_PASSES_H

#include "ir/QwenDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"

namespace qwenc {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

class TileCostModel;

/// Takes the tiles that are cheapest in the eyes of `costs` (TileCostModel.h), which
/// must outlive the pass; without one, and where it fails, the table's.
std::unique_ptr<mlir::Pass> createSelectTileSizes(TileCostModel *costs);

} // namespace qwenc
#endif
