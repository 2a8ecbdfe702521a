//===- codegen/halide/kernels/HalfFloat.cpp - fp16 in and out -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/HalfFloat.h"

using namespace Halide;

namespace qwenc::halide {
namespace {

// Biased exponents of fp32: half's smallest normal is 2^-14, the two biases
// differ by 112, and adding 0.5 rounds to multiples of half's smallest
// subnormal, 2^-24.
constexpr uint32_t biasDifference = 112u << 23;
constexpr uint32_t smallestNormal = 113u << 23;
constexpr uint32_t oneHalf = 126u << 23;

bool converts(const Target &target) {
  return target.has_feature(Target::F16C) || target.has_feature(Target::ARMFp16);
}

} // namespace

Expr halfToFloat(Expr bits, const Target &target) {
  if (converts(target))
    return cast<float>(reinterpret<float16_t>(bits));
  Expr wide = cast<uint32_t>(bits);
  Expr magnitude = (wide & 0x7fff) << 13;
  Expr sign = (wide & 0x8000) << 16;
  Expr subnormal = reinterpret<float>(magnitude + Expr(smallestNormal)) -
                   reinterpret<float>(Expr(smallestNormal));
  Expr normal = magnitude + Expr(biasDifference);
  return reinterpret<float>(
      select(magnitude < Expr(1u << 23), reinterpret<uint32_t>(subnormal), normal) | sign);
}

Expr floatToHalf(Expr x, const Target &target) {
  x = clamp(x, -65504.0f, 65504.0f);
  if (converts(target))
    return reinterpret<uint16_t>(cast<float16_t>(x));
  Expr bits = reinterpret<uint32_t>(x);
  Expr magnitude = bits & Expr(0x7fffffffu);
  Expr sign = (bits >> 16) & Expr(0x8000u);
  Expr odd = (magnitude >> 13) & Expr(1u);
  Expr normal = ((magnitude + Expr(0xfffu) + odd) >> 13) - Expr(biasDifference >> 13);
  Expr rounded = reinterpret<float>(magnitude) + 0.5f;
  Expr subnormal = reinterpret<uint32_t>(rounded) - Expr(oneHalf);
  return cast<uint16_t>(select(magnitude < Expr(smallestNormal), subnormal, normal) | sign);
}

} // namespace qwenc::halide
