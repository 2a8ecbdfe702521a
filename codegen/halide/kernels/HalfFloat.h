//===- codegen/halide/kernels/HalfFloat.h - fp16 in and out ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_HALFFLOAT_H
#define QWENC_CODEGEN_HALIDE_KERNELS_HALFFLOAT_H

#include <Halide.h>

namespace qwenc::halide {

/// The exact value of a finite half given as uint16.
Halide::Expr halfToFloat(Halide::Expr bits, const Halide::Target &target);

/// The half nearest to x, ties to even, as uint16; x is clamped to +-65504.
Halide::Expr floatToHalf(Halide::Expr x, const Halide::Target &target);

} // namespace qwenc::halide
#endif
