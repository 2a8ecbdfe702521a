//===- tests/unit/support/quant/FitScaleTest.cpp --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/FitScale.h"

#include "support/quant/Encode.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace qwenc;

namespace {

constexpr GgmlType Types[] = {GgmlType::Q4_0,    GgmlType::Q4_1,   GgmlType::Q8_0,
                              GgmlType::W4G64,   GgmlType::W4G128, GgmlType::W4G64A,
                              GgmlType::W4G128A, GgmlType::W8};

double squaredError(GgmlType type, const std::vector<uint8_t> &blocks,
                    const std::vector<float> &values, const std::vector<float> &importance) {
  std::vector<float> back(values.size());
  dequantizeRow(type, blocks.data(), back.data(), back.size());
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i)
    sum += (importance.empty() ? 1.0 : importance[i]) * (double(back[i]) - values[i]) *
           (double(back[i]) - values[i]);
  return sum;
}

/// Errors of absmax and of the search, block by block.
struct Errors {
  double absmax = 0, fitted = 0;
};

Errors compare(GgmlType type, const std::vector<float> &values,
               const std::vector<float> &importance) {
  std::vector<uint8_t> plain(blockFormat(type).rowBytes(values.size())), fitted(plain.size());
  quantizeRow(type, values.data(), plain.data(), values.size());
  fitRow(type, values.data(), importance.empty() ? nullptr : importance.data(), fitted.data(),
         values.size());
  return {squaredError(type, plain, values, importance),
          squaredError(type, fitted, values, importance)};
}

TEST(FitScale, NeverWorseThanAbsmaxAndBetterOnTheWhole) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::exponential_distribution<float> exponential;
  for (GgmlType type : Types)
    for (bool weighted : {false, true}) {
      Errors all;
      for (int block = 0; block < 500; ++block) {
        std::vector<float> values(blockFormat(type).elements), importance;
        for (float &value : values)
          value = normal(random) * (block % 3 == 0 ? 1e-3f : 2.0f);
        if (block % 4 == 1) // an outlier
          values[block % values.size()] *= 8;
        for (size_t i = 0; weighted && i < values.size(); ++i)
          importance.push_back(exponential(random));
        Errors one = compare(type, values, importance);
        // The search measures in fp32.
        ASSERT_LE(one.fitted, one.absmax * (1 + 1e-5)) << typeName(type) << " " << block;
        all.absmax += one.absmax;
        all.fitted += one.fitted;
      }
      const double gain = type == GgmlType::Q8_0 ? 0.999 : 0.95;
      EXPECT_LT(all.fitted, gain * all.absmax) << typeName(type) << " weighted " << weighted;
    }
}

TEST(FitScale, LeavesWhatFitsAlready) {
  // Values on a grid of the type: no error, as long as the search finds the grid.
  for (GgmlType type : Types) {
    std::vector<float> values(128), back(128);
    for (int i = 0; i < 128; ++i)
      values[i] = 0.25f * static_cast<float>(i * 7 % 16 - 8);
    const bool bytes = type == GgmlType::Q8_0 || type == GgmlType::W8;
    for (int i = 0; bytes && i < 128; i += 32)
      values[i] = 0.25f * 127; // absmax's scale is the grid
    std::vector<uint8_t> blocks(blockFormat(type).rowBytes(128));
    fitRow(type, values.data(), nullptr, blocks.data(), 128);
    dequantizeRow(type, blocks.data(), back.data(), 128);
    EXPECT_EQ(back, values) << typeName(type);
  }
}

TEST(FitScale, ImportantColumnsCountMore) {
  std::vector<float> values(32, 0.03f), importance(32, 0.0f);
  values[0] = 1.0f; // decides absmax's scale, and does not matter
  for (int i = 1; i < 32; ++i) {
    values[i] = 0.03f * static_cast<float>(i % 7 - 3);
    importance[i] = 1.0f;
  }
  Errors errors = compare(GgmlType::Q4_0, values, importance);
  EXPECT_LT(errors.fitted, errors.absmax);
}

TEST(FitScale, HostileValuesDoNoHarm) {
  for (GgmlType type : Types)
    for (float value : {0.0f, 1e-45f, 1e-38f, 3e38f, 65504.0f}) {
      std::vector<float> values(128, value), importance(128, 0.0f);
      values[5] = -value;
      std::vector<uint8_t> blocks(blockFormat(type).rowBytes(128));
      fitRow(type, values.data(), importance.data(), blocks.data(), 128);
      fitRow(type, values.data(), nullptr, blocks.data(), 128);
    }
}

TEST(FitScale, KnowsItsTypes) {
  for (GgmlType type : Types)
    EXPECT_TRUE(canFitScales(type));
  EXPECT_FALSE(canFitScales(GgmlType::F16));
  EXPECT_FALSE(canFitScales(GgmlType::Q6_K));
}

} // namespace
