//===- passes/lowering/DescribeOperations.h - operations for people --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_LOWERING_DESCRIBEOPERATIONS_H
#define QWENC_PASSES_LOWERING_DESCRIBEOPERATIONS_H

#include "ir/QwenDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace qwenc {

/// The operations of a scheduled step function that compute, in order: one
/// dictionary each with its name for profiles, its multiply-adds with weights
/// for one token, the bytes of packed weights that it reads, how often a step
/// executes it, and how many of these times only for tokens with logits.
llvm::SmallVector<mlir::Attribute> describeOperations(mlir::func::FuncOp step);

/// The name of one of them: "linear ffn_down.weight".
std::string describeOperation(mlir::Operation *op);

} // namespace qwenc
#endif
