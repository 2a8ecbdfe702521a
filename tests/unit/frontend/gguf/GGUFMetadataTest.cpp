//===- tests/unit/frontend/gguf/GGUFMetadataTest.cpp ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/gguf/GGUFMetadata.h"

#include "frontend/gguf/GGUFReader.h"
#include "tests/unit/frontend/GGUFBuilder.h"

#include <gtest/gtest.h>

using namespace qwenc;
using gguf::ValueType;

namespace {

/// A file with one pair, "key".
class GGUFMetadata : public testing::Test {
protected:
  const gguf::Metadata &with(EncodedValue value) {
    GGUFBuilder builder;
    builder.set("key", std::move(value));
    bytes = builder.build();
    auto read = gguf::readFile("f.gguf", bytes);
    if (!read) {
      ADD_FAILURE() << llvm::toString(read.takeError());
      std::abort();
    }
    file = std::move(*read);
    return file.metadata;
  }
  template <typename T> const gguf::Metadata &number(ValueType type, T value) {
    return with(EncodedValue::number(type, value));
  }

  Bytes bytes;
  gguf::File file;
};

template <typename T> std::string errorOf(llvm::Expected<T> result) {
  if (!result)
    return llvm::toString(result.takeError());
  return "no error";
}

TEST_F(GGUFMetadata, IntegersOfEveryTypeAreUnsignedIntegers) {
  EXPECT_EQ(**number<uint8_t>(ValueType::UInt8, 200).getUnsigned("key"), 200u);
  EXPECT_EQ(**number<int8_t>(ValueType::Int8, 100).getUnsigned("key"), 100u);
  EXPECT_EQ(**number<uint16_t>(ValueType::UInt16, 60000).getUnsigned("key"), 60000u);
  EXPECT_EQ(**number<int16_t>(ValueType::Int16, 30000).getUnsigned("key"), 30000u);
  EXPECT_EQ(**number<uint32_t>(ValueType::UInt32, 4000000000u).getUnsigned("key"), 4000000000u);
  EXPECT_EQ(**number<int32_t>(ValueType::Int32, 7).getUnsigned("key"), 7u);
  EXPECT_EQ(**number<uint64_t>(ValueType::UInt64, UINT64_MAX).getUnsigned("key"), UINT64_MAX);
  EXPECT_EQ(**number<int64_t>(ValueType::Int64, INT64_MAX).getUnsigned("key"), uint64_t(INT64_MAX));
}

TEST_F(GGUFMetadata, ErrorsNameFileKeyPlaceAndExpectation) {
  EXPECT_EQ(errorOf(number<int32_t>(ValueType::Int32, -3).getUnsigned("key")),
            "f.gguf: metadata 'key' at offset 24: the value is -3, expected an unsigned integer");
  EXPECT_EQ(errorOf(number<uint32_t>(ValueType::UInt32, 10).getUnsigned("key", 9)),
            "f.gguf: metadata 'key' at offset 24: the value is 10, expected at most 9");
  EXPECT_EQ(errorOf(number<float>(ValueType::Float32, 1).getUnsigned("key")),
            "f.gguf: metadata 'key' at offset 24: the value is of type float32, expected an "
            "unsigned integer");
  EXPECT_EQ(errorOf(with(EncodedValue::integers({1})).getUnsigned("key")),
            "f.gguf: metadata 'key' at offset 24: the value is of type array of int32, expected "
            "an unsigned integer");
  EXPECT_EQ(errorOf(file.metadata.requireFloat("other")),
            "f.gguf: metadata 'other': missing, expected a floating-point number");
}

TEST_F(GGUFMetadata, AbsentKeysAreNoError) {
  number<uint8_t>(ValueType::UInt8, 1);
  EXPECT_FALSE(*file.metadata.getUnsigned("other"));
  EXPECT_FALSE(*file.metadata.getFloat("other"));
  EXPECT_FALSE(*file.metadata.getBool("other"));
  EXPECT_FALSE(*file.metadata.getString("other"));
  EXPECT_FALSE(*file.metadata.getStrings("other"));
  EXPECT_FALSE(*file.metadata.getIntegers("other"));
}

TEST_F(GGUFMetadata, FloatsAndBools) {
  EXPECT_EQ(**number<float>(ValueType::Float32, 1.5f).getFloat("key"), 1.5);
  EXPECT_EQ(**number<double>(ValueType::Float64, 1e300).getFloat("key"), 1e300);
  EXPECT_NE(errorOf(number<uint32_t>(ValueType::UInt32, 1).getFloat("key")), "no error");
  EXPECT_TRUE(**number<uint8_t>(ValueType::Bool, 1).getBool("key"));
  EXPECT_FALSE(**number<uint8_t>(ValueType::Bool, 0).getBool("key"));
  EXPECT_EQ(errorOf(number<uint8_t>(ValueType::Bool, 2).getBool("key")),
            "f.gguf: metadata 'key' at offset 24: the value is 2, expected 0 or 1");
}

TEST_F(GGUFMetadata, StringsAreViewsIntoTheFile) {
  auto text = with(EncodedValue::string("na\xC3\xAFve")).getString("key");
  ASSERT_TRUE(bool(text));
  EXPECT_EQ(**text, "na\xC3\xAFve");
  EXPECT_GE(reinterpret_cast<const uint8_t *>((*text)->data()), bytes.data());
  EXPECT_LT(reinterpret_cast<const uint8_t *>((*text)->data()), bytes.data() + bytes.size());
  auto texts = with(EncodedValue::strings({"a", "", "bc"})).getStrings("key");
  ASSERT_TRUE(bool(texts));
  EXPECT_EQ(**texts, (std::vector<llvm::StringRef>{"a", "", "bc"}));
  EXPECT_GE(reinterpret_cast<const uint8_t *>((**texts)[2].data()), bytes.data());
}

TEST_F(GGUFMetadata, TextThatIsNotUtf8IsAnError) {
  EXPECT_EQ(errorOf(with(EncodedValue::string("ab\xFF")).getString("key")),
            "f.gguf: metadata 'key' at offset 24: byte 2 of the string is not UTF-8");
  EXPECT_EQ(errorOf(with(EncodedValue::strings({"a", "\xC3("})).getStrings("key")),
            "f.gguf: metadata 'key' at offset 24: element 1 ('\\xc3(') is not UTF-8");
}

TEST_F(GGUFMetadata, IntegerArraysOfAnyType) {
  auto numbers = with(EncodedValue::integers({-1, 0, INT32_MAX})).getIntegers("key");
  ASSERT_TRUE(bool(numbers));
  EXPECT_EQ(**numbers, (std::vector<int32_t>{-1, 0, INT32_MAX}));
  Bytes wide;
  appendNumber<int64_t>(wide, -5);
  appendNumber<int64_t>(wide, int64_t(1) << 31);
  EXPECT_EQ(errorOf(with(EncodedValue::array(ValueType::Int64, 2, wide)).getIntegers("key")),
            "f.gguf: metadata 'key' at offset 24: element 1 does not fit in 32 bits");
  Bytes huge;
  appendNumber<uint64_t>(huge, UINT64_MAX);
  EXPECT_NE(errorOf(with(EncodedValue::array(ValueType::UInt64, 1, huge)).getIntegers("key")),
            "no error");
  EXPECT_NE(errorOf(with(EncodedValue::array(ValueType::Bool, 1, {1})).getIntegers("key")),
            "no error");
}

TEST(GGUFPrintable, KeepsAMessageOnOneHarmlessLine) {
  EXPECT_EQ(gguf::printable("blk.0.attn_q.weight"), "blk.0.attn_q.weight");
  EXPECT_EQ(gguf::printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
  EXPECT_EQ(gguf::printable("\xC3\xA4 \xFF"), "\xC3\xA4 \\xff");
  EXPECT_EQ(gguf::printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae"); // right-to-left override
  EXPECT_EQ(gguf::printable("\xC2\x85"), "\\xc2\\x85");          // next line
  EXPECT_EQ(gguf::printable(std::string(500, 'x')), std::string(100, 'x') + "...");
}

} // namespace
