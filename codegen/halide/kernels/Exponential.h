//===- codegen/halide/kernels/Exponential.h - exp without libm ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Halide would call libm or its own approximation, which differ by target.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_EXPONENTIAL_H
#define QWENC_CODEGEN_HALIDE_KERNELS_EXPONENTIAL_H

#include <Halide.h>

namespace qwenc::halide {

/// e^x for |x| <= 87, relative error below 3e-7 (2e-7 for |x| <= 40).
Halide::Expr exponential(Halide::Expr x, const Halide::Target &target);

/// 2^x for x <= 0 with the same error; smaller than -127 gives 0.
Halide::Expr exponential2(Halide::Expr x);

} // namespace qwenc::halide
#endif
