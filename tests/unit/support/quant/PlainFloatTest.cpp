//===- tests/unit/support/quant/PlainFloatTest.cpp ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/PlainFloat.h"

#include "support/quant/BlockFormat.h"

#include <gtest/gtest.h>

using namespace qwenc;

namespace {

TEST(PlainFloat, DecodesLittleEndianNumbers) {
  const uint8_t floats[] = {0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC1};
  const uint8_t halves[] = {0x00, 0x3E, 0x00, 0xC8};
  const uint8_t brains[] = {0xC0, 0x3F, 0x00, 0xC1};
  struct {
    DequantizeFn dequantize;
    const uint8_t *bytes;
  } cases[] = {{dequantizeF32, floats}, {dequantizeF16, halves}, {dequantizeBF16, brains}};
  for (auto &[dequantize, bytes] : cases) {
    float values[2];
    dequantize(bytes, values, 2);
    EXPECT_EQ(values[0], 1.5f);
    EXPECT_EQ(values[1], -8.0f);
  }
}

} // namespace
