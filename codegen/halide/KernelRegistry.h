//===- codegen/halide/KernelRegistry.h - kind to pipeline -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_KERNELREGISTRY_H
#define QWENC_CODEGEN_HALIDE_KERNELREGISTRY_H

#include "codegen/halide/kernels/Kernel.h"
#include "support/Result.h"

namespace qwenc::halide {

/// Checks the spec's sizes and builds the kernel's scheduled pipeline.
Result<Kernel> buildKernel(const HalideKernelSpec &spec, const Halide::Target &target);

} // namespace qwenc::halide
#endif
