//===- tests/unit/frontend/transforms/QuantizeSpecTest.cpp ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/QuantizeSpec.h"

#include <gtest/gtest.h>

using namespace qwenc;

namespace {

std::string errorOf(llvm::StringRef text) {
  auto spec = parseQuantizeSpec(text);
  return spec ? "" : llvm::toString(spec.takeError());
}

TEST(QuantizeSpec, ReadsFormatsAndPatterns) {
  auto spec = parseQuantizeSpec("w4g32,output=w8g32,*.attn_v=keep");
  ASSERT_TRUE(static_cast<bool>(spec));
  ASSERT_EQ(spec->rules.size(), 3u);
  EXPECT_EQ(spec->rules[0].type, GgmlType::Q4_0);
  EXPECT_EQ(spec->rules[0].pattern, "");
  EXPECT_EQ(spec->rules[1].type, GgmlType::Q8_0);
  EXPECT_EQ(spec->rules[1].pattern, "output");
  EXPECT_FALSE(spec->rules[2].type.has_value());
  EXPECT_TRUE(spec->rules[2].matches("blk.12.attn_v"));
  EXPECT_FALSE(spec->rules[2].matches("blk.12.attn_q"));
}

TEST(QuantizeSpec, ADefaultIsNotNeeded) {
  auto spec = parseQuantizeSpec("token_embd=f16");
  ASSERT_TRUE(static_cast<bool>(spec));
  EXPECT_EQ(spec->rules.front().type, GgmlType::F16);
}

TEST(QuantizeSpec, KnowsLongerGroups) {
  auto spec = parseQuantizeSpec("w4g128,*.attn_v=w4g64a,output=w8");
  ASSERT_TRUE(static_cast<bool>(spec));
  EXPECT_EQ(spec->rules[0].type, GgmlType::W4G128);
  EXPECT_EQ(spec->rules[1].type, GgmlType::W4G64A);
  EXPECT_EQ(spec->rules[2].type, GgmlType::W8);
}

TEST(QuantizeSpec, SaysWhichWordIsWrong) {
  EXPECT_EQ(errorOf("w5g32").find("'w5g32' is not a format; the formats are w4g32,"), 0u);
  EXPECT_EQ(errorOf("w4g32,output=q8_0").find("'q8_0' is not a format"), 0u);
  EXPECT_EQ(errorOf("w4g32,=w8g32"), "'=w8g32' names no tensor before its '='");
  EXPECT_EQ(errorOf("w4g32,w8g32"), "'w8g32' has no PATTERN=; only the first format goes without");
  EXPECT_EQ(errorOf("").find("'' is not a format"), 0u);
  EXPECT_EQ(errorOf("w4g32,").find("'' is not a format"), 0u);
  EXPECT_EQ(errorOf("w4g32,blk[.0=w8g32").find("'blk[.0': "), 0u);
}

} // namespace
