//===- tests/unit/support/quant/EncodeTest.cpp ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Encode.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

using namespace qwenc;

namespace {

constexpr GgmlType Types[] = {GgmlType::F32,    GgmlType::F16,     GgmlType::BF16,
                              GgmlType::Q4_0,   GgmlType::Q4_1,    GgmlType::Q8_0,
                              GgmlType::Q6_K,   GgmlType::W4G64,   GgmlType::W4G128,
                              GgmlType::W4G64A, GgmlType::W4G128A, GgmlType::W8};

std::vector<float> roundTrip(GgmlType type, const std::vector<float> &values) {
  std::vector<uint8_t> blocks(blockFormat(type).rowBytes(values.size()));
  std::vector<float> back(values.size());
  quantizeRow(type, values.data(), blocks.data(), values.size());
  dequantizeRow(type, blocks.data(), back.data(), back.size());
  return back;
}

TEST(Encode, NamesTheTypesThatHaveAnEncoder) {
  for (GgmlType type : Types)
    EXPECT_TRUE(canQuantize(type)) << typeName(type);
  EXPECT_FALSE(canQuantize(GgmlType::IQ2_XXS));
  EXPECT_FALSE(canQuantize(GgmlType::I32));
}

TEST(Encode, EveryTypeStaysWithinHalfAStep) {
  std::vector<float> values(512);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(0.9f * static_cast<float>(i)) * 0.5f;
  // Half a step of each type for a largest magnitude of 0.5, and what rounding the
  // scale to a half adds. Q4_0 and Q6_K clip their shorter side by a whole step.
  const float half = 0.5f * 0x1p-11f;
  const float steps[] = {0,
                         0x1p-12f,
                         0x1p-9f,
                         0.5f / 8 + half,
                         0.5f / 15 + 2 * half,
                         0.5f / 254 + half,
                         0.5f / 32 * 1.01f,
                         0.5f / 8 + half,
                         0.5f / 8 + half,
                         0.5f / 15 + 2 * half,
                         0.5f / 15 + 2 * half,
                         0.5f / 254 + half};
  for (size_t t = 0; t < std::size(Types); ++t) {
    std::vector<float> back = roundTrip(Types[t], values);
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_NEAR(back[i], values[i], steps[t] * 1.001f) << typeName(Types[t]) << " " << i;
  }
}

TEST(Encode, ZerosAndTheSmallestNumbersBecomeZero) {
  for (float value : {0.0f, -0.0f, std::numeric_limits<float>::denorm_min(), 1e-40f}) {
    std::vector<float> values(256, value);
    values[3] = -value;
    for (GgmlType type : {GgmlType::Q4_0, GgmlType::Q4_1, GgmlType::Q8_0, GgmlType::Q6_K,
                          GgmlType::W4G64, GgmlType::W4G128, GgmlType::W4G128A, GgmlType::W8})
      for (float back : roundTrip(type, values))
        ASSERT_EQ(back, 0.0f) << typeName(type) << " " << value;
  }
}

// Groups are longer, and nothing else is new: where the scale of 32 is that of the
// group, the integers are those of Q4_0 and Q4_1.
TEST(Encode, LongGroupsRoundAsShortOnesDo) {
  for (auto [shorter, longer] :
       {std::pair(GgmlType::Q4_0, GgmlType::W4G64), std::pair(GgmlType::Q4_0, GgmlType::W4G128),
        std::pair(GgmlType::Q4_1, GgmlType::W4G64A),
        std::pair(GgmlType::Q4_1, GgmlType::W4G128A)}) {
    std::vector<float> values(256);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = i % 32 == 5 ? -3.0f : i % 32 == 6 ? 2.5f : std::sin(float(i));
    EXPECT_EQ(roundTrip(shorter, values), roundTrip(longer, values)) << typeName(longer);
    // And elsewhere they are not.
    values[200] = 8.0f;
    EXPECT_NE(roundTrip(shorter, values), roundTrip(longer, values)) << typeName(longer);
  }
}

TEST(Encode, ARowOfBytesHasOneScale) {
  std::vector<float> values(96, 0.4f);
  values[40] = 127;
  std::vector<float> back = roundTrip(GgmlType::W8, values);
  EXPECT_EQ(back[40], 127);
  EXPECT_EQ(back[0], 0.0f);
  EXPECT_EQ(back[95], 0.0f);
  EXPECT_NE(roundTrip(GgmlType::Q8_0, values)[0], 0.0f);
}

TEST(Encode, OwnTypesAreInNoFile) {
  for (GgmlType type :
       {GgmlType::W4G64, GgmlType::W4G128, GgmlType::W4G64A, GgmlType::W4G128A, GgmlType::W8}) {
    EXPECT_EQ(findBlockFormat(static_cast<uint32_t>(type)), nullptr) << typeName(type);
    EXPECT_EQ(supportedTypeNames().find(typeName(type)), std::string::npos);
  }
}

TEST(Encode, TiesGoWhereGgmlPutsThem) {
  // Q4_0 adds 8.5 and cuts, Q8_0 rounds half away from zero.
  std::vector<float> values(32, 0.0f);
  values[0] = -8.0f;
  values[1] = 0.5f;
  values[2] = -0.5f;
  std::vector<float> q4 = roundTrip(GgmlType::Q4_0, values);
  EXPECT_EQ(q4[1], 1.0f);
  EXPECT_EQ(q4[2], 0.0f);
  values[0] = 127.0f;
  std::vector<float> q8 = roundTrip(GgmlType::Q8_0, values);
  EXPECT_EQ(q8[1], 1.0f);
  EXPECT_EQ(q8[2], -1.0f);
}

} // namespace
