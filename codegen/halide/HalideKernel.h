//===- codegen/halide/HalideKernel.h - compile Halide kernels -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The door to everything that Halide generates. Halide's headers and its
// exceptions stay behind it. HalideKernelSpec.h documents every kernel's
// arguments.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_HALIDE_HALIDEKERNEL_H
#define QWENC_CODEGEN_HALIDE_HALIDEKERNEL_H

#include "ir/kernels/HalideKernelSpec.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// A kernel's arguments in the order of its C call.
llvm::Expected<std::vector<HalideKernelArgument>>
describeHalideKernel(const HalideKernelSpec &spec);

/// Compiles each kernel into a relocatable, position-independent ELF object of
/// its own that defines exactly spec.symbol and needs no other symbol. Objects are
/// in the order of the specs. One after the other: Halide numbers its names through
/// the whole process, and the order of their digits shows in the code, so kernels
/// side by side would differ from run to run.
llvm::Expected<std::vector<std::string>>
compileHalideKernels(llvm::ArrayRef<HalideKernelSpec> specs, const HalideTargetSpec &target);

/// The same kernel as assembly text, for dumps and tests.
llvm::Expected<std::string> assembleHalideKernel(const HalideKernelSpec &spec,
                                                 const HalideTargetSpec &target);

/// "21.0.0"
std::string halideVersion();

} // namespace qwenc
#endif
