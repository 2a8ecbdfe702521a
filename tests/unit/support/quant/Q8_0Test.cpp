//===- tests/unit/support/quant/Q8_0Test.cpp -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q8_0.h"

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

TEST(Q8_0, ValuesAreSigned) {
  BlockQ8_0 block = {};
  block.scale = floatToHalf(0.125f);
  for (int j = 0; j < 32; ++j)
    block.values[j] = static_cast<int8_t>(8 * j - 128);
  uint8_t bytes[sizeof block];
  std::memcpy(bytes, &block, sizeof block);
  float values[32];
  dequantizeQ8_0(bytes, values, 32);
  for (int j = 0; j < 32; ++j)
    EXPECT_EQ(values[j], static_cast<float>(j) - 16.0f);
}

TEST(Q8_0, QuantizingStaysWithinHalfAStep) {
  std::vector<float> values = samples(4 * 32, 32), back(values.size());
  std::vector<uint8_t> blocks(4 * sizeof(BlockQ8_0));
  quantizeQ8_0(values.data(), blocks.data(), values.size());
  dequantizeQ8_0(blocks.data(), back.data(), back.size());
  for (size_t i = 0; i < 32; ++i)
    ASSERT_EQ(back[i], 0.0f) << i;
  for (size_t i = 32; i < values.size(); ++i)
    // A step is the largest magnitude / 127, the scale itself a rounded half.
    ASSERT_NEAR(back[i], values[i], 0.05f / 127 / 2 * 1.2f) << i;
}

} // namespace
