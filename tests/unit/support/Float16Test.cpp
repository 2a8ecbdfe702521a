//===- tests/unit/support/Float16Test.cpp ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The conversions against their definitions, evaluated in double.
//===----------------------------------------------------------------------===//
#include "support/Float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace qwenc;

namespace {

/// The value of finite half bits, by the definition.
double halfValue(unsigned half) {
  int exponent = half >> 10 & 31;
  double mantissa = half & 1023;
  double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

TEST(Float16, EveryHalfHasItsValue) {
  for (unsigned half = 0; half < 0x10000; ++half) {
    float value = halfToFloat(static_cast<uint16_t>(half));
    if ((half & 0x7C00) != 0x7C00) {
      ASSERT_EQ(static_cast<double>(value), halfValue(half)) << std::hex << half;
      ASSERT_EQ(std::signbit(value), (half & 0x8000) != 0) << std::hex << half;
    } else if (half & 0x03FF) {
      ASSERT_TRUE(std::isnan(value)) << std::hex << half;
    } else {
      ASSERT_EQ(value, half & 0x8000 ? -INFINITY : INFINITY);
    }
  }
}

TEST(Float16, EveryHalfSurvivesTheRoundTrip) {
  for (unsigned half = 0; half < 0x10000; ++half) {
    uint16_t back = floatToHalf(halfToFloat(static_cast<uint16_t>(half)));
    bool isNaN = (half & 0x7C00) == 0x7C00 && (half & 0x03FF);
    ASSERT_EQ(back, isNaN ? half | 0x0200 : half) << std::hex << half;
  }
}

TEST(Float16, RoundsToNearestEvenBetweenNeighbours) {
  for (unsigned half = 0; half < 0x7BFF; ++half) {
    double low = halfValue(half), high = halfValue(half + 1);
    float middle = static_cast<float>((low + high) / 2); // exact: 11 more bits than a half
    unsigned even = half & 1 ? half + 1 : half;
    ASSERT_EQ(floatToHalf(middle), even) << std::hex << half;
    ASSERT_EQ(floatToHalf(-middle), even | 0x8000) << std::hex << half;
    ASSERT_EQ(floatToHalf(std::nextafter(middle, 0.0f)), half) << std::hex << half;
    ASSERT_EQ(floatToHalf(std::nextafter(middle, 1e9f)), half + 1) << std::hex << half;
  }
}

TEST(Float16, EndsOfTheRange) {
  EXPECT_EQ(floatToHalf(65504.0f), 0x7BFF);
  EXPECT_EQ(floatToHalf(65519.99f), 0x7BFF);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7C00);
  EXPECT_EQ(floatToHalf(-1e30f), 0xFC00);
  EXPECT_EQ(floatToHalf(INFINITY), 0x7C00);
  EXPECT_EQ(floatToHalf(NAN) & 0x7FFF, 0x7E00);
  EXPECT_EQ(floatToHalf(0x1p-25f), 0);
  EXPECT_EQ(floatToHalf(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(floatToHalf(-0.0f), 0x8000);
}

TEST(Float16, Bfloat16IsTheUpperHalfOfAFloat) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    float value = bfloat16ToFloat(static_cast<uint16_t>(bits));
    ASSERT_EQ(std::bit_cast<uint32_t>(value), bits << 16);
    bool isNaN = (bits & 0x7F80) == 0x7F80 && (bits & 0x7F);
    ASSERT_EQ(floatToBfloat16(value), isNaN ? bits | 0x40 : bits) << std::hex << bits;
    if ((bits & 0x7F80) == 0x7F80)
      continue;
    // Half way to the next one, and the floats beside it.
    uint32_t middle = bits << 16 | 0x8000;
    ASSERT_EQ(floatToBfloat16(std::bit_cast<float>(middle)), bits + (bits & 1));
    ASSERT_EQ(floatToBfloat16(std::bit_cast<float>(middle - 1)), bits);
    ASSERT_EQ(floatToBfloat16(std::bit_cast<float>(middle + 1)), bits + 1);
  }
}

} // namespace
