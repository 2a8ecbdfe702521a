//===- codegen/cost/ClassPeak.h - the most a class can do on a CPU ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_COST_CLASSPEAK_H
#define QWENC_CODEGEN_COST_CLASSPEAK_H

#include "ir/QwenDialect.h"
#include "ir/kernels/KernelSpec.h"
#include <optional>

namespace qwenc {

/// Multiply-adds a cycle of the class's best instruction, issued back to back on
/// `target` in LLVM's scheduling model: of int8 into int32 (or int16), or with
/// `floats` of fp32. None if the model does not tell.
std::optional<double> peakMacsPerCycle(KernelClass cls, bool floats, ir::TargetAttr target);

} // namespace qwenc
#endif
