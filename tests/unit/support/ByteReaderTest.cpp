//===- tests/unit/support/ByteReaderTest.cpp ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/ByteReader.h"

#include <gtest/gtest.h>

#include <array>

using namespace qwenc;

namespace {

constexpr std::array<uint8_t, 11> Bytes = {0x01, 0x02, 0x03, 0x04, 0xFF, 0xFE,
                                           0x00, 0x00, 0x80, 0x3F, 0x7A};

TEST(ByteReader, ReadsLittleEndianNumbersOfAnyAlignment) {
  ByteReader reader(Bytes);
  EXPECT_EQ(reader.read<uint32_t>(), 0x04030201u);
  EXPECT_EQ(reader.read<int16_t>(), int16_t(0xFEFF));
  EXPECT_EQ(reader.read<float>(), 1.0f);
  EXPECT_EQ(reader.offset(), 10u);
  EXPECT_EQ(reader.remaining(), 1u);
  EXPECT_EQ(reader.read<uint8_t>(), 0x7A);
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReader, RefusesToReadPastTheEndAndStaysThere) {
  ByteReader reader(Bytes, 8);
  EXPECT_EQ(reader.read<uint32_t>(), std::nullopt);
  EXPECT_EQ(reader.offset(), 8u);
  EXPECT_FALSE(reader.readBytes(4));
  EXPECT_EQ(reader.offset(), 8u);
  auto bytes = reader.readBytes(3);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->data(), Bytes.data() + 8);
  EXPECT_EQ(reader.read<uint8_t>(), std::nullopt);
  EXPECT_TRUE(reader.readBytes(0));
}

TEST(ByteReader, LengthsThatWrapAreRefused) {
  ByteReader reader(Bytes, 1);
  EXPECT_FALSE(reader.readBytes(UINT64_MAX));
  EXPECT_FALSE(reader.skip(UINT64_MAX));
  EXPECT_FALSE(reader.skip(uint64_t(1) << 61, 8)); // 2^64: 0 if it wrapped
  EXPECT_FALSE(reader.skip(6, 2));
  EXPECT_EQ(reader.offset(), 1u);
  EXPECT_TRUE(reader.skip(5, 2));
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReader, AStartBeyondTheEndLeavesNothing) {
  ByteReader reader(Bytes, 100);
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_EQ(reader.read<uint8_t>(), std::nullopt);
}

} // namespace
