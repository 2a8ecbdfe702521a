//===- codegen/cost/KernelCost.h - what a micro-kernel costs ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_COST_KERNELCOST_H
#define QWENC_CODEGEN_COST_KERNELCOST_H

#include "codegen/cost/LoopModel.h"
#include "ir/kernels/KernelSpec.h"

namespace qwenc {

/// Emits the matmul kernel `spec` by itself, as it will stand in an executable
/// for `target`, and models its inner loop.
llvm::Expected<LoopModel> modelMatmulKernel(const MatmulKernelSpec &spec, ir::TargetAttr target);

} // namespace qwenc
#endif
