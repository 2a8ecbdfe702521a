//===- tests/unit/support/quant/Q4_0Test.cpp -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q4_0.h"

#include "support/Float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

using namespace qwenc;

namespace {

/// `count` values of different sizes and signs, with a block of zeros first.
std::vector<float> samples(int count, int block) {
  std::vector<float> values(count);
  for (int i = block; i < count; ++i)
    values[i] = std::sin(0.7f * i) * (1 + i % 5) * 0.01f;
  return values;
}

TEST(Q4_0, LowNibblesComeFirst) {
  BlockQ4_0 block = {};
  block.scale = floatToHalf(0.5f);
  for (int j = 0; j < 16; ++j)
    block.nibbles[j] = static_cast<uint8_t>(j | (15 - j) << 4);
  uint8_t bytes[sizeof block];
  std::memcpy(bytes, &block, sizeof block);
  float values[32];
  dequantizeQ4_0(bytes, values, 32);
  for (int j = 0; j < 16; ++j) {
    EXPECT_EQ(values[j], 0.5f * (j - 8));
    EXPECT_EQ(values[16 + j], 0.5f * (7 - j));
  }
}

TEST(Q4_0, TheLargestMagnitudeIsExactlyMinusEightSteps) {
  std::vector<float> values(32, 0.25f);
  values[7] = 4.0f;
  uint8_t bytes[sizeof(BlockQ4_0)];
  quantizeQ4_0(values.data(), bytes, 32);
  BlockQ4_0 block;
  std::memcpy(&block, bytes, sizeof block);
  EXPECT_EQ(halfToFloat(block.scale), -0.5f);
  EXPECT_EQ(block.nibbles[7] & 15, 0);
}

TEST(Q4_0, QuantizingStaysWithinHalfAStep) {
  std::vector<float> values = samples(4 * 32, 32), back(values.size());
  std::vector<uint8_t> blocks(4 * sizeof(BlockQ4_0));
  quantizeQ4_0(values.data(), blocks.data(), values.size());
  dequantizeQ4_0(blocks.data(), back.data(), back.size());
  for (size_t i = 0; i < 32; ++i)
    ASSERT_EQ(back[i], 0.0f) << i;
  for (size_t i = 32; i < values.size(); ++i)
    // A step is the largest magnitude / 8; the far end may clip to 7 steps.
    ASSERT_NEAR(back[i], values[i], 0.051f / 8 * 1.01f) << i;
}

} // namespace
