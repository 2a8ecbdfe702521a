//===- tests/unit/ir/EvalLayerOpsTest.cpp ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/reference/EvalLayerOps.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace qwenc::ir::reference;

namespace {

Tensor rowsOf(int64_t cols, std::vector<float> values) {
  Tensor t(int64_t(values.size()) / cols, cols);
  t.values = std::move(values);
  return t;
}

TEST(EvalLayerOps, NormsEachRunByItself) {
  Tensor x = rowsOf(4, {3, 4, 0, 2});
  rmsNorm(x, {1.0f, 2.0f}, 0.0);
  const float first = std::sqrt(12.5f), second = std::sqrt(2.0f);
  EXPECT_FLOAT_EQ(x.values[0], 3 / first);
  EXPECT_FLOAT_EQ(x.values[1], 8 / first);
  EXPECT_FLOAT_EQ(x.values[2], 0);
  EXPECT_FLOAT_EQ(x.values[3], 4 / second);
}

TEST(EvalLayerOps, EpsilonKeepsZeroRowsFinite) {
  Tensor x = rowsOf(2, {0, 0});
  rmsNorm(x, {1.0f, 1.0f}, 1e-6);
  EXPECT_EQ(x.values, (std::vector<float>{0, 0}));
}

TEST(EvalLayerOps, MatmulReadsRowsOfTheWeightAsOutputs) {
  // 17 columns: sixteen lanes and a rest.
  Tensor x(2, 17);
  for (int i = 0; i < 34; ++i)
    x.values[i] = float(i % 17);
  auto read = [](int64_t row, llvm::MutableArrayRef<float> out) {
    for (float &value : out)
      value = float(row + 1);
    return llvm::Error::success();
  };
  auto y = matmul(x, 3, read);
  ASSERT_TRUE(bool(y));
  EXPECT_EQ(y->values, (std::vector<float>{136, 272, 408, 136, 272, 408}));
}

TEST(EvalLayerOps, MatmulHandsOnTheReadersError) {
  auto fail = [](int64_t, llvm::MutableArrayRef<float>) {
    return llvm::createStringError("no row");
  };
  auto y = matmul(Tensor(1, 2), 1, fail);
  ASSERT_FALSE(bool(y));
  EXPECT_EQ(llvm::toString(y.takeError()), "no row");
}

TEST(EvalLayerOps, RopeTurnsTheRightPairs) {
  // theta 1: every pair turns by the position, in radians.
  const float c = std::cos(1.0f), s = std::sin(1.0f);
  Tensor halves = rowsOf(4, {1, 2, 3, 4});
  rope(halves, {{1.0, 1.0}}, 1);
  EXPECT_FLOAT_EQ(halves.values[0], 1 * c - 3 * s);
  EXPECT_FLOAT_EQ(halves.values[2], 1 * s + 3 * c);
  EXPECT_FLOAT_EQ(halves.values[3], 2 * s + 4 * c);
  Tensor pairs = rowsOf(4, {1, 2, 3, 4});
  rope(pairs, {{1.0, 1.0}, 1.0, /*pairs=*/true}, 1);
  EXPECT_FLOAT_EQ(pairs.values[0], 1 * c - 2 * s);
  EXPECT_FLOAT_EQ(pairs.values[1], 1 * s + 2 * c);
  EXPECT_FLOAT_EQ(pairs.values[3], 3 * s + 4 * c);
}

TEST(EvalLayerOps, RopeCountsPositionsByRowAndSlowsWithThePair) {
  Tensor x = rowsOf(4, {1, 1, 0, 0, 1, 1, 0, 0});
  rope(x, {{1.0, 0.01}}, 5);
  EXPECT_FLOAT_EQ(x.values[0], std::cos(5.0f));
  EXPECT_FLOAT_EQ(x.values[1], float(std::cos(0.05)));
  EXPECT_FLOAT_EQ(x.values[4], std::cos(6.0f));
  EXPECT_FLOAT_EQ(x.values[7], float(std::sin(0.06)));
}

TEST(EvalLayerOps, AttentionSeesOnlyThePast) {
  LayerCache cache;
  storeKV(cache, rowsOf(2, {0, 0, 0, 0}), rowsOf(2, {1, 2, 3, 6}), /*half=*/true);
  Tensor out = attention(Tensor(2, 2), cache, 1, 2);
  // Equal scores: the mean of the values that each position sees.
  EXPECT_EQ(out.values, (std::vector<float>{1, 2, 2, 4}));
}

TEST(EvalLayerOps, AttentionWeighsByScaledScoresAndGroupsHeads) {
  LayerCache cache;
  // Two KV heads of size 1, two positions; four query heads, the last two on KV head 1.
  storeKV(cache, rowsOf(2, {0, 0, 1, 0}), rowsOf(2, {0, 10, 1, 20}), /*half=*/true);
  Tensor out = attention(rowsOf(4, {2, -2, 2, -2}), cache, 2, 1);
  const float high = 1 / (1 + std::exp(-2.0f));
  EXPECT_NEAR(out.values[0], high, 1e-6);
  EXPECT_NEAR(out.values[1], 1 - high, 1e-6);
  EXPECT_FLOAT_EQ(out.values[2], 15);
  EXPECT_FLOAT_EQ(out.values[3], 15);
}

TEST(EvalLayerOps, TheCacheIsHalfPrecisionOnRequest) {
  LayerCache half, full;
  storeKV(half, rowsOf(1, {1.0001f}), rowsOf(1, {1.0001f}), true);
  storeKV(full, rowsOf(1, {1.0001f}), rowsOf(1, {1.0001f}), false);
  EXPECT_EQ(half.keys.values[0], 1.0f);
  EXPECT_EQ(full.keys.values[0], 1.0001f);
}

TEST(EvalLayerOps, AQ8CacheRoundsByGroupsOfAHead) {
  // Two heads of 64: groups of 32, each with a scale of its own.
  Tensor wide(1, 128);
  wide.values[0] = 127;
  wide.values[1] = 1.4f;
  wide.values[32] = 1.27f;
  wide.values[33] = 0.014f;
  roundToQ8Cache(wide, 64);
  EXPECT_FLOAT_EQ(wide.values[1], 1);
  EXPECT_FLOAT_EQ(wide.values[33], 0.01f);
  // A head of 48 is one group.
  Tensor odd(1, 48);
  odd.values[0] = 127;
  odd.values[47] = 1.4f;
  roundToQ8Cache(odd, 48);
  EXPECT_FLOAT_EQ(odd.values[47], 1);
}

TEST(EvalLayerOps, QuantisesGroupsOf32ToNearestEven) {
  Tensor x(1, 64);
  x.values[0] = 127;
  x.values[1] = 0.5f;  // a tie: to 0
  x.values[2] = 1.5f;  // a tie: to 2
  x.values[3] = -2.5f; // a tie: to -2
  x.values[4] = 0.6f;
  quantizeDequantize(x, 32);
  EXPECT_EQ(x.values[0], 127);
  EXPECT_EQ(x.values[1], 0);
  EXPECT_EQ(x.values[2], 2);
  EXPECT_EQ(x.values[3], -2);
  EXPECT_EQ(x.values[4], 1);
  EXPECT_EQ(x.values[63], 0); // a group of zeros
}

TEST(EvalLayerOps, QuantisesLongerGroups) {
  Tensor x(1, 128);
  x.values[0] = 127;
  x.values[63] = 0.4f;
  x.values[64] = 0.4f;
  quantizeDequantize(x, 64);
  EXPECT_EQ(x.values[63], 0);
  EXPECT_FLOAT_EQ(x.values[64], 0.4f);
}

TEST(EvalLayerOps, SwiGLU) {
  Tensor gate = rowsOf(2, {0, 1});
  swiglu(gate, rowsOf(2, {5, 3}));
  EXPECT_FLOAT_EQ(gate.values[0], 0);
  EXPECT_FLOAT_EQ(gate.values[1], 3 / (1 + std::exp(-1.0f)));
}

TEST(EvalExpertOps, TheLargestLogitsAreChosen) {
  const float l = std::log(2.0f);
  Tensor logits = rowsOf(4, {0, l, 2 * l, 0, 5, 5, 5, 5});
  Tensor routes = topExperts(logits, 2, /*normalized=*/false);
  ASSERT_EQ(routes.cols, 4);
  EXPECT_EQ(routes.row(0)[0], 2);
  EXPECT_EQ(routes.row(0)[1], 1);
  EXPECT_FLOAT_EQ(routes.row(0)[2], 4.0f / 8);
  EXPECT_FLOAT_EQ(routes.row(0)[3], 2.0f / 8);
  EXPECT_EQ(routes.row(1)[0], 0); // of equal ones the first
  EXPECT_EQ(routes.row(1)[1], 1);
  routes = topExperts(logits, 2, /*normalized=*/true);
  EXPECT_FLOAT_EQ(routes.row(0)[2], 4.0f / 6);
  EXPECT_FLOAT_EQ(routes.row(0)[3], 2.0f / 6);
}

TEST(EvalExpertOps, EachPartGoesThroughItsExpert) {
  // Expert e multiplies by e + 1, and its second output by ten times that.
  auto weight = [](int64_t expert, int64_t row, llvm::MutableArrayRef<float> out) {
    out[0] = float(expert + 1) * (row ? 10 : 1);
    return llvm::Error::success();
  };
  Tensor routes = rowsOf(4, {2, 0, 0.5f, 0.25f, 1, 2, 1, 2});
  auto shared = expertMatmul(rowsOf(1, {1, 3}), routes, /*parts=*/false, 2, weight);
  ASSERT_TRUE(bool(shared));
  EXPECT_EQ(shared->values, std::vector<float>({3, 30, 1, 10, 6, 60, 9, 90}));
  auto own = expertMatmul(rowsOf(2, {1, 2, 3, 4}), routes, /*parts=*/true, 2, weight);
  ASSERT_TRUE(bool(own));
  EXPECT_EQ(own->values, std::vector<float>({3, 30, 2, 20, 6, 60, 12, 120}));
  EXPECT_EQ(weightedSum(*own, routes).values, std::vector<float>({2, 20, 30, 300}));
}

TEST(EvalExpertOps, TheGateScalesRows) {
  Tensor value = rowsOf(2, {1, 2, 3, 4});
  const float weight[] = {1, 1};
  sigmoidGate(value, rowsOf(2, {1, -1, std::log(3.0f), 0}), weight);
  EXPECT_FLOAT_EQ(value.row(0)[1], 1);
  EXPECT_FLOAT_EQ(value.row(1)[0], 2.25f);
}

} // namespace
