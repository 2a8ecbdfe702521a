//===- codegen/halide/kernels/Kernel.h - what a kernel's file provides ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each builder states the algorithm once, then schedules it for the target.
// They may throw Halide's exceptions; EmitHalideObject catches them.
// HalideKernelSpec.h documents the arguments.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_KERNEL_H
#define QWENC_CODEGEN_HALIDE_KERNELS_KERNEL_H

#include "ir/kernels/HalideKernelSpec.h"

#include <Halide.h>
#include <vector>

namespace qwenc::halide {

/// A scheduled pipeline and its inputs in the order of the C call; the outputs
/// follow them in the pipeline's order.
struct Kernel {
  Halide::Pipeline pipeline;
  std::vector<Halide::Argument> arguments;
};

Kernel buildRMSNorm(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildNormQuantize(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildQuantize(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildAdd(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildAddBias(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildHeadNorm(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildRoPE(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildKStore(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildVStore(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildAttention(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildAttentionScores(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildAttentionValues(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildSwiGLU(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildSwiGLUQuantize(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildArgmax(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildTopExperts(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildExpertSum(const HalideKernelSpec &spec, const Halide::Target &target);
Kernel buildSigmoidGate(const HalideKernelSpec &spec, const Halide::Target &target);

/// Floats in a vector register of the target.
int naturalLanes(const Halide::Target &target);

/// The largest power of two that divides `extent`, at most `most`.
int dividingLanes(int64_t extent, int64_t most);

/// Declares dimension `dim` as 0 .. extent-1 with a constant stride.
void setConstantDim(Halide::Internal::Dimension dim, int64_t extent, int64_t stride);

} // namespace qwenc::halide
#endif
