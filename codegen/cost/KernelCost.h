//===- codegen/cost/KernelCost.h - what a micro-kernel costs ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_COST_KERNELCOST_H
#define QWENC_CODEGEN_COST_KERNELCOST_H

#include "codegen/cost/LoopModel.h"
#include "ir/kernels/KernelSpec.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace qwenc {

/// A module with the matmul kernel `spec` and nothing else; what it calls for few
/// tokens is declared.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> emitKernelModule(const MatmulKernelSpec &spec,
                                                                   mlir::MLIRContext &context);

/// Models the inner loop of that kernel in its module, which is used up. Multiply-adds
/// are those of weights and activations.
llvm::Expected<LoopModel> modelEmittedKernel(mlir::ModuleOp module, const MatmulKernelSpec &spec,
                                             ir::TargetAttr target);

/// Emits the matmul kernel `spec` by itself, as it will stand in an executable
/// for `target`, and models its inner loop.
llvm::Expected<LoopModel> modelMatmulKernel(const MatmulKernelSpec &spec, ir::TargetAttr target);

} // namespace qwenc
#endif
