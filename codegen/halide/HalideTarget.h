//===- codegen/halide/HalideTarget.h - kernel classes for Halide ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_HALIDETARGET_H
#define QWENC_CODEGEN_HALIDE_HALIDETARGET_H

#include "ir/kernels/HalideKernelSpec.h"
#include "support/Result.h"

#include <Halide.h>

namespace qwenc::halide {

/// Halide's target for one of our kernel classes, without runtime, assertions
/// and bounds queries.
Result<Halide::Target> resolveTarget(const HalideTargetSpec &spec);

} // namespace qwenc::halide
#endif
