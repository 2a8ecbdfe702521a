//===- codegen/halide/kernels/Exponential.cpp - exp without libm ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both split off the integer part n of the binary exponent, which goes into a
// float's exponent bits, and evaluate a polynomial on the rest. Coefficients
// are Chebyshev fits of the function divided by its known leading terms.
//===----------------------------------------------------------------------===//
#include "codegen/halide/kernels/Exponential.h"

#include "codegen/halide/kernels/NearestInteger.h"

#include <initializer_list>

using namespace Halide;

namespace qwenc::halide {
namespace {

/// Highest coefficient first.
Expr polynomial(Expr x, std::initializer_list<float> coefficients) {
  Expr sum;
  for (float coefficient : coefficients)
    sum = sum.defined() ? sum * x + coefficient : Expr(coefficient);
  return sum;
}

/// 2^n for an int32 n in -127 .. 127; 2^-127 is flushed to 0.
Expr powerOfTwo(Expr n) {
  return reinterpret<float>((reinterpret<uint32_t>(n) + Expr(uint32_t(127))) << 23);
}

/// x - n * ln 2 for an integral n: the product must not be rounded.
Expr subtractLogs(Expr x, Expr n, const Target &target) {
  bool fuses = target.has_feature(Target::FMA) || target.arch == Target::ARM;
  if (fuses)
    return x - n * 0.693147181f;
  // ln 2 in two parts: the first has so few bits that n * part is exact. The
  // optimizer must not add the parts up again. (Strictness anywhere makes Halide
  // compile the whole kernel so, which costs other loops their speed.)
  Expr rest = strict_float(x - n * 0.693359375f);
  return strict_float(rest - n * -2.12194440e-4f);
}

} // namespace

Expr exponential(Expr x, const Target &target) {
  Expr n = nearestInteger(x * 1.44269504f);
  Expr rest = subtractLogs(x, cast<float>(n), target);
  Expr value = polynomial(rest, {0.001393368816934526f, 0.008363205008208752f,
                                 0.041666463017463684f, 0.16666576266288757f, 0.5f, 1.0f, 1.0f});
  return value * powerOfTwo(n);
}

Expr exponential2(Expr x) {
  x = max(x, -127.0f);
  Expr n = nearestInteger(x);
  Expr value = polynomial(x - cast<float>(n),
                          {0.000154615641804412f, 0.0013390982057899237f, 0.009618056006729603f,
                           0.055503569543361664f, 0.24022650718688965f, 0.6931471824645996f, 1.0f});
  return value * powerOfTwo(n);
}

} // namespace qwenc::halide
