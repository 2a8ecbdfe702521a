//===- codegen/halide/kernels/NearestInteger.h - rounding by an addition ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_NEARESTINTEGER_H
#define QWENC_CODEGEN_HALIDE_KERNELS_NEARESTINTEGER_H

#include <Halide.h>

namespace qwenc::halide {

/// The int32 nearest to an fp32 `x` of |x| < 2^22, ties to even: x + 3 * 2^22 has no
/// bits below the point, and its lowest ones are those of the integer. A product `x` is
/// then rounded together with the addition, once, and what keeps a few bits of the result
/// (a byte, an exponent) costs nothing more. Halide's round() is two instructions for
/// each eight floats, whatever the length of the vectors.
///
/// `x` must not be a sum, to a term of which the optimizer could add the constant first.
inline Halide::Expr nearestInteger(Halide::Expr x) {
  const float shift = 12582912.0f;
  const Halide::Expr bitsOfShift(uint32_t(0x4B400000));
  return Halide::reinterpret<int32_t>(Halide::reinterpret<uint32_t>(x + shift) - bitsOfShift);
}

} // namespace qwenc::halide
#endif
