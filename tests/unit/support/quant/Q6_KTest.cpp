//===- tests/unit/support/quant/Q6_KTest.cpp -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q6_K.h"

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

TEST(Q6_K, BitsAndScalesAreFoundInTheirPlaces) {
  // Element i holds i % 64, group g the scale g - 8.
  BlockQ6_K block = {};
  block.superscale = floatToHalf(0.5f);
  for (int g = 0; g < 16; ++g)
    block.scales[g] = static_cast<int8_t>(g - 8);
  for (int i = 0; i < 256; ++i) {
    int q = i % 64, half = i / 128, run = i / 32 % 4, l = i % 32;
    block.low[64 * half + 32 * (run % 2) + l] |= static_cast<uint8_t>((q & 15) << 4 * (run / 2));
    block.high[32 * half + l] |= static_cast<uint8_t>(q >> 4 << 2 * run);
  }
  uint8_t bytes[sizeof block];
  std::memcpy(bytes, &block, sizeof block);
  float values[256];
  dequantizeQ6_K(bytes, values, 256);
  for (int i = 0; i < 256; ++i)
    EXPECT_EQ(values[i], 0.5f * (i / 16 - 8) * (i % 64 - 32)) << i;
}

TEST(Q6_K, QuantizingStaysWithinHalfAStep) {
  std::vector<float> values = samples(4 * 256, 256), back(values.size());
  std::vector<uint8_t> blocks(4 * sizeof(BlockQ6_K));
  quantizeQ6_K(values.data(), blocks.data(), values.size());
  dequantizeQ6_K(blocks.data(), back.data(), back.size());
  for (size_t i = 0; i < 256; ++i)
    ASSERT_EQ(back[i], 0.0f) << i;
  for (size_t i = 256; i < values.size(); ++i)
    // A step is a group's largest magnitude / 32; the far end may clip to 31 steps.
    ASSERT_NEAR(back[i], values[i], 0.051f / 32 * 1.05f) << i;
}

} // namespace
