//===- codegen/halide/EmitHalideObject.h - one kernel to bytes ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Halide's side of the door: these functions catch its exceptions. They know
// nothing of LLVM's headers, so their sources can be compiled with RTTI, which
// Halide's headers ask for. Thread-safe.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_HALIDE_EMITHALIDEOBJECT_H
#define QWENC_CODEGEN_HALIDE_EMITHALIDEOBJECT_H

#include "ir/kernels/HalideKernelSpec.h"
#include "support/Result.h"

namespace qwenc::halide {

enum class OutputKind { Object, Assembly };

/// The kernel as an ELF object or as assembly text.
Result<std::string> emitKernel(const HalideKernelSpec &spec, const HalideTargetSpec &target,
                               OutputKind kind);

/// The kernel's arguments in the order of its C call.
Result<std::vector<HalideKernelArgument>> describeKernel(const HalideKernelSpec &spec);

/// "21.0.0"
std::string version();

} // namespace qwenc::halide
#endif
