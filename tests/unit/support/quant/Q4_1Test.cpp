//===- tests/unit/support/quant/Q4_1Test.cpp -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q4_1.h"

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

TEST(Q4_1, NibblesCountStepsFromTheMinimum) {
  BlockQ4_1 block = {};
  block.scale = floatToHalf(0.25f);
  block.minimum = floatToHalf(-3.0f);
  for (int j = 0; j < 16; ++j)
    block.nibbles[j] = static_cast<uint8_t>(j | (15 - j) << 4);
  uint8_t bytes[sizeof block];
  std::memcpy(bytes, &block, sizeof block);
  float values[32];
  dequantizeQ4_1(bytes, values, 32);
  for (int j = 0; j < 16; ++j) {
    EXPECT_EQ(values[j], 0.25f * j - 3.0f);
    EXPECT_EQ(values[16 + j], 0.25f * (15 - j) - 3.0f);
  }
}

TEST(Q4_1, QuantizingStaysWithinHalfAStep) {
  std::vector<float> values = samples(4 * 32, 32), back(values.size());
  std::vector<uint8_t> blocks(4 * sizeof(BlockQ4_1));
  quantizeQ4_1(values.data(), blocks.data(), values.size());
  dequantizeQ4_1(blocks.data(), back.data(), back.size());
  for (size_t i = 0; i < 32; ++i)
    ASSERT_EQ(back[i], 0.0f) << i;
  for (size_t i = 32; i < values.size(); ++i)
    // A step is the range / 15.
    ASSERT_NEAR(back[i], values[i], 0.1f / 15 / 2 * 1.05f) << i;
}

} // namespace
