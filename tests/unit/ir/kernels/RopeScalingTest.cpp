//===- tests/unit/ir/kernels/RopeScalingTest.cpp --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/kernels/RopeTables.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

using namespace qwenc;

namespace {

TEST(RopeScaling, PlainAndLinear) {
  std::vector<double> plain = ropeFrequencies(8, 1e4, {});
  ASSERT_EQ(plain.size(), 4u);
  EXPECT_DOUBLE_EQ(plain[0], 1);
  EXPECT_DOUBLE_EQ(plain[1], 0.1);
  EXPECT_DOUBLE_EQ(plain[3], 0.001);
  RopeScaling scaling;
  scaling.factor = 4;
  std::vector<double> linear = ropeFrequencies(8, 1e4, scaling);
  for (size_t i = 0; i < plain.size(); ++i)
    EXPECT_DOUBLE_EQ(linear[i], plain[i] / 4);
  EXPECT_EQ(ropeMagnitude(scaling), 1);
  scaling.factors = {1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(ropeFrequencies(8, 1e4, scaling)[2], 0.01 / 16);
}

/// Base 1e4, heads of 128, 4096 positions made 32768: the pairs from 20 (32 turns) to 46
/// (one turn) change over.
TEST(RopeScaling, YarnChangesOverBetweenTheTurns) {
  RopeScaling scaling;
  scaling.factor = 8;
  scaling.extrapolation = 1;
  scaling.originalContext = 4096;
  std::vector<double> plain = ropeFrequencies(128, 1e4, {});
  std::vector<double> yarn = ropeFrequencies(128, 1e4, scaling);
  for (int i = 0; i <= 20; ++i)
    EXPECT_DOUBLE_EQ(yarn[i], plain[i]) << i;
  EXPECT_DOUBLE_EQ(yarn[33], plain[33] * (0.5 + 0.5 / 8));
  for (int i = 46; i < 64; ++i)
    EXPECT_DOUBLE_EQ(yarn[i], plain[i] / 8) << i;
  EXPECT_DOUBLE_EQ(ropeMagnitude(scaling), 1 + 0.1 * std::log(8.0));
  scaling.attentionFactor = 0.5;
  EXPECT_DOUBLE_EQ(ropeMagnitude(scaling), 0.5 + 0.05 * std::log(8.0));
}

TEST(RopeScaling, TablesCarryTheMagnitudeOnce) {
  RopeScaling scaling;
  scaling.attentionFactor = 2;
  RopeTables tables(4, 600);
  std::vector<uint8_t> bytes(tables.bytes());
  writeRopeTables(tables, 1e4, scaling, bytes.data());
  auto at = [&](int64_t offset, int64_t position, int64_t pair) {
    float value;
    std::memcpy(&value, bytes.data() + offset + (position * 2 + pair) * 4, 4);
    return value;
  };
  // Position 515 = 2 * 256 + 3 by the addition theorem.
  float cosine = at(tables.cosHighOffset(), 2, 1) * at(0, 3, 1) -
                 at(tables.sinHighOffset(), 2, 1) * at(tables.sinLowOffset(), 3, 1);
  EXPECT_NEAR(cosine, 2 * std::cos(5.15), 1e-6);
}

} // namespace
