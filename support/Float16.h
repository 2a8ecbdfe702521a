//===- support/Float16.h - half and bfloat16 from and to float ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exact in both directions on every target: to float without error, from float
// by rounding to nearest, ties to even. Integer code and at most one fp32
// operation on normal numbers, so the result does not depend on the compiler's
// runtime library, on F16C, or on whether subnormals are flushed.
//
//   half      s eeeee mmmmmmmmmm            value (1 + m/2^10) * 2^(e-15)
//   bfloat16  s eeeeeeee mmmmmmm            the upper 16 bits of a float
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_FLOAT16_H
#define QWENC_SUPPORT_FLOAT16_H

#include <bit>
#include <cstdint>

namespace qwenc {

/// IEEE binary16 bits -> float. Signalling NaNs become quiet, as F16C does it.
inline float halfToFloat(uint16_t half) {
  uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  uint32_t rest = half & 0x7FFFu;
  if (rest - 0x0400u < 0x7800u) // normal: move the exponent's bias by 127 - 15
    return std::bit_cast<float>(sign | ((rest << 13) + (112u << 23)));
  if (rest < 0x0400u) { // zero or subnormal: m * 2^-24, all of them normal floats
    float magnitude = static_cast<float>(static_cast<int32_t>(rest)) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  uint32_t quiet = rest > 0x7C00u ? 0x00400000u : 0u;
  return std::bit_cast<float>(sign | 0x7F800000u | (rest & 0x03FFu) << 13 | quiet);
}

/// float -> IEEE binary16 bits, to nearest even; too large values give infinity.
inline uint16_t floatToHalf(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint32_t sign = bits >> 16 & 0x8000u;
  uint32_t rest = bits & 0x7FFFFFFFu;
  uint32_t half;
  if (rest >= 0x47800000u) { // >= 65536, infinity or NaN
    half = rest > 0x7F800000u ? 0x7E00u | (rest >> 13 & 0x03FFu) : 0x7C00u;
  } else if (rest < 0x38800000u) { // below 2^-14: in 0.5 + x the last bit is 2^-24
    half = std::bit_cast<uint32_t>(std::bit_cast<float>(rest) + 0.5f) - 0x3F000000u;
  } else {
    half = (rest - (112u << 23) + 0x0FFFu + (rest >> 13 & 1u)) >> 13;
  }
  return static_cast<uint16_t>(sign | half);
}

/// bfloat16 bits -> float.
inline float bfloat16ToFloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

/// float -> bfloat16 bits, to nearest even; NaNs stay NaNs and become quiet.
inline uint16_t floatToBfloat16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u)
    return static_cast<uint16_t>(bits >> 16 | 0x0040u);
  return static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

} // namespace qwenc
#endif
