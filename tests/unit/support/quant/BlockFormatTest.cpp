//===- tests/unit/support/quant/BlockFormatTest.cpp -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every supported format against the digest of what gguf-py's dequantize()
// makes of the same bytes; the other properties of a format are in its own test.
//===----------------------------------------------------------------------===//
#include "support/quant/BlockFormat.h"

#include "support/Sha256.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

using namespace qwenc;

namespace {

/// Upper bytes of a Numerical Recipes generator, the same everywhere. The
/// halves whose upper bytes are at `scales` of a block are made finite.
std::vector<uint8_t> pseudoRandomBlocks(uint64_t blocks, uint64_t blockBytes,
                                        const std::vector<uint64_t> &scales) {
  std::vector<uint8_t> bytes(blocks * blockBytes);
  uint32_t state = 1;
  for (uint8_t &byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<uint8_t>(state >> 24);
  }
  for (uint64_t block = 0; block < blocks; ++block)
    for (uint64_t at : scales)
      bytes[block * blockBytes + at] &= 0xBF;
  return bytes;
}

std::string digestOf(const std::vector<float> &values) {
  Sha256 hash;
  hash.update({reinterpret_cast<const uint8_t *>(values.data()), values.size() * sizeof(float)});
  return hash.finishHex();
}

TEST(BlockFormat, ReferencesAgreeWithGgufPy) {
  struct {
    GgmlType type;
    std::vector<uint64_t> scales;
    const char *digest;
  } cases[] = {
      {GgmlType::Q4_0, {1}, "b898027311482795e3b3ec86f2c507c723e26e0dc6928abbb93065dd56d30a4c"},
      {GgmlType::Q4_1, {1, 3}, "d85182e3542dad27df10af4ff5cf3885e73b5be8ca540df928f612c4de0ce0b8"},
      {GgmlType::Q8_0, {1}, "5cd30fbd5c5638425ca4d93fd54f9940b1f1c1e4c3f60f285f19c4f37e27f8c1"},
      {GgmlType::Q6_K, {209}, "d9b070473ff7851ad3a30bc804f3424c2cb8fcabd2960a0ae058772ae6cda1a6"},
      {GgmlType::Q5_0, {1}, "b6f81b395603fa9598b52515cd365058012c42a9adccd49c54ae55285d5a5cf0"},
      {GgmlType::Q5_1, {1, 3}, "af296a3c3eaba5b00b390bf5aa1eb3cfddd4e2515319eecf4d760313cc0cf81d"},
      {GgmlType::Q2_K,
       {81, 83},
       "cf016eaa7a2756907febdd6d36568fe6af591f78b1a87598f19692cc62e34bb0"},
      {GgmlType::Q3_K, {109}, "db7d6ecb54fd5d148f9ce7f1f124f7d20362ae967cb403f50fcb74c140c5dabe"},
      {GgmlType::Q4_K, {1, 3}, "31ef4ef4b1ba3983278064e1b2b10cd22f1184a565833a7ae9d517bda9e1c07b"},
      {GgmlType::Q5_K, {1, 3}, "c47acdcad141e20b68ebf360b6910a81e17d548b15ce4561e3c662858a4bb39e"},
      {GgmlType::IQ4_NL, {1}, "c6bc9fef3b546b585e8c71ba6418417169dc970c41fe80994c692f08e9d428d4"},
      {GgmlType::IQ4_XS, {1}, "f32cf53ff8986441f53f4c014921d18be666b5011ac77721715d583b8f74e396"},
      {GgmlType::MXFP4, {0}, "444edd03fde0a292af88ff05b604c59e38146fa5d8d0f2d53a8e5366ad37c841"},
  };
  std::set<GgmlType> checked;
  for (auto &test : cases) {
    checked.insert(test.type);
    const BlockFormat &format = blockFormat(test.type);
    std::vector<uint8_t> blocks = pseudoRandomBlocks(64, format.bytes, test.scales);
    std::vector<float> values(64 * format.elements);
    ASSERT_EQ(format.rowBytes(values.size()), blocks.size());
    dequantizeRow(test.type, blocks.data(), values.data(), values.size());
    EXPECT_EQ(digestOf(values), test.digest) << format.name;
  }
  for (uint32_t number = 0; number < 100; ++number)
    if (const BlockFormat *format = findBlockFormat(number); format && format->unpack)
      EXPECT_TRUE(checked.count(format->type)) << "no digest of " << format->name;
}

TEST(BlockFormat, NamesAndNumbersAreGgmls) {
  EXPECT_STREQ(typeName(GgmlType::Q4_0), "Q4_0");
  EXPECT_EQ(static_cast<uint32_t>(GgmlType::BF16), 30u);
  std::set<std::string> names;
  unsigned known = 0;
  for (uint32_t number = 0; number < 100; ++number)
    if (const BlockFormat *format = findBlockFormat(number)) {
      EXPECT_EQ(static_cast<uint32_t>(format->type), number);
      EXPECT_TRUE(names.insert(format->name).second) << format->name;
      EXPECT_GT(format->elements, 0u);
      EXPECT_GT(format->bytes, 0u);
      ++known;
    }
  EXPECT_EQ(known, 34u);
  for (uint32_t removed : {4u, 5u, 31u, 36u, 38u, 0xFFFFFFFFu})
    EXPECT_EQ(findBlockFormat(removed), nullptr) << removed;
}

TEST(BlockFormat, KnownButUnsupportedTypesSaySo) {
  EXPECT_TRUE(blockFormat(GgmlType::Q6_K).supported());
  EXPECT_FALSE(blockFormat(GgmlType::IQ2_XS).supported());
  EXPECT_FALSE(blockFormat(GgmlType::I32).supported());
  EXPECT_EQ(supportedTypeNames(), "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, "
                                  "Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4");
}

TEST(BlockFormat, RowsNeedNoAlignment) {
  for (uint32_t number = 0; number < 100; ++number) {
    if (!findBlockFormat(number) || !findBlockFormat(number)->supported())
      continue;
    const BlockFormat &format = *findBlockFormat(number);
    GgmlType type = format.type;
    std::vector<uint8_t> bytes = pseudoRandomBlocks(2, format.bytes, {});
    std::vector<uint8_t> shifted(bytes.size() + 1);
    std::copy(bytes.begin(), bytes.end(), shifted.begin() + 1);
    std::vector<float> expected(2 * format.elements), got(2 * format.elements);
    dequantizeRow(type, bytes.data(), expected.data(), expected.size());
    dequantizeRow(type, shifted.data() + 1, got.data(), got.size());
    EXPECT_EQ(digestOf(got), digestOf(expected)) << format.name;
  }
}

} // namespace
