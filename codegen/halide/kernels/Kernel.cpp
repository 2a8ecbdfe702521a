//===- codegen/halide/kernels/Kernel.cpp - helpers of the builders --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/Kernel.h"

namespace qwenc::halide {

int naturalLanes(const Halide::Target &target) { return target.natural_vector_size<float>(); }

int dividingLanes(int64_t extent, int64_t most) {
  int lanes = 1;
  while (lanes * 2 <= most && extent % (lanes * 2) == 0)
    lanes *= 2;
  return lanes;
}

void setConstantDim(Halide::Internal::Dimension dim, int64_t extent, int64_t stride) {
  dim.set_bounds(0, static_cast<int>(extent));
  dim.set_stride(static_cast<int>(stride));
}

} // namespace qwenc::halide
