//===- tests/unit/frontend/gguf/GGUFReaderTest.cpp ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/gguf/GGUFReader.h"

#include "tests/unit/frontend/GGUFBuilder.h"

#include <gtest/gtest.h>

using namespace qwenc;
using gguf::ValueType;

namespace {

/// Two matrices and a vector.
GGUFBuilder threeTensors() {
  GGUFBuilder builder;
  builder.set("general.name", "Three");
  builder.add("one", {4, 32}, GgmlType::Q4_0);
  builder.add("two", {3, 5}, GgmlType::F16);
  builder.add("three", {7});
  return builder;
}

/// The error that reading gives, without the file's name.
std::string errorOf(llvm::ArrayRef<uint8_t> bytes) {
  auto file = gguf::readFile("f.gguf", bytes);
  if (file)
    return "no error";
  std::string text = llvm::toString(file.takeError());
  EXPECT_TRUE(llvm::StringRef(text).starts_with("f.gguf: ")) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  return text.substr(8);
}
std::string errorOf(const GGUFBuilder &builder) { return errorOf(builder.build()); }

TEST(GGUFReader, ReadsWhatIsThere) {
  for (uint32_t version : {2u, 3u}) {
    GGUFBuilder builder = threeTensors();
    builder.version = version;
    Bytes bytes = builder.build();
    auto file = gguf::readFile("f.gguf", bytes);
    ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
    EXPECT_EQ(file->version, version);
    EXPECT_EQ(file->alignment, 32u);
    EXPECT_EQ(file->dataOffset % 32, 0u);
    ASSERT_EQ(file->tensors.size(), 3u);
    const gguf::Tensor &two = file->tensors[1];
    EXPECT_EQ(two.name, "two");
    EXPECT_EQ(two.type, GgmlType::F16);
    EXPECT_EQ(llvm::ArrayRef<uint64_t>(two.shape), llvm::ArrayRef<uint64_t>({3, 5}));
    EXPECT_EQ(two.bytes, 30u);
    EXPECT_EQ(two.offset, file->dataOffset + 96); // 4 * 18 = 72, aligned to 32
    EXPECT_EQ(file->tensors[2].offset, two.offset + 32);
    EXPECT_EQ(file->tensors[2].offset + 28, bytes.size());
    EXPECT_EQ(file->metadata.values().size(), 1u);
  }
}

TEST(GGUFReader, EveryTruncationIsAnError) {
  GGUFBuilder builder = threeTensors();
  builder.set("list", EncodedValue::strings({"a", "b"}));
  Bytes bytes = builder.build();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(llvm::ArrayRef<uint8_t>(bytes).take_front(size)), "no error") << size;
}

TEST(GGUFReader, OtherFilesAndVersionsAreNamed) {
  Bytes png = {0x89, 'P', 'N', 'G', 0, 0, 0, 0};
  EXPECT_EQ(errorOf(png), "not a GGUF file (it does not begin with \"GGUF\")");
  GGUFBuilder builder = threeTensors();
  builder.version = 1;
  EXPECT_EQ(errorOf(builder), "GGUF version 1 is not supported (versions 2 and 3 are)");
  builder.version = 4;
  EXPECT_EQ(errorOf(builder), "GGUF version 4 is not supported (versions 2 and 3 are)");
  builder.version = 0x03000000;
  EXPECT_EQ(errorOf(builder),
            "a big-endian GGUF file; qwenc reads little-endian ones, convert it first");
}

TEST(GGUFReader, CountsAreMeasuredAgainstTheFile) {
  GGUFBuilder builder = threeTensors();
  Bytes bytes = builder.build();
  builder.announcedPairs = UINT64_MAX;
  EXPECT_EQ(errorOf(builder), "the header announces 18446744073709551615 metadata pairs, more "
                              "than the " +
                                  std::to_string(bytes.size() - 24) +
                                  " bytes after it can hold (truncated or damaged?)");
  builder.announcedPairs.reset();
  builder.announcedTensors = uint64_t(1) << 60;
  EXPECT_NE(errorOf(builder).find("1152921504606846976 tensors, more than"), std::string::npos);
}

TEST(GGUFReader, KeysAreUniqueAndReadable) {
  GGUFBuilder builder;
  builder.pairs = {{"twice", EncodedValue::string("")}, {"twice", EncodedValue::string("")}};
  EXPECT_EQ(errorOf(builder),
            "metadata 'twice' at offset 49: the key is there twice, first at offset 24");
  builder.pairs = {{"", EncodedValue::string("")}};
  EXPECT_EQ(errorOf(builder), "metadata pair 0 at offset 24: the key '' is empty");
  builder.pairs = {{"a\xFF", EncodedValue::string("")}};
  EXPECT_EQ(errorOf(builder), "metadata pair 0 at offset 24: the key 'a\\xff' is not UTF-8");
}

TEST(GGUFReader, ValuesStayInsideTheFile) {
  auto with = [](EncodedValue value) {
    GGUFBuilder builder;
    builder.set("key", std::move(value));
    return errorOf(builder);
  };
  Bytes longString;
  appendNumber<uint64_t>(longString, uint64_t(1) << 40);
  EXPECT_EQ(with({ValueType::String, longString}),
            "metadata 'key' at offset 24: the value runs past the end of the file (truncated or "
            "damaged?)");
  EXPECT_EQ(with(EncodedValue::array(ValueType::UInt64, uint64_t(1) << 61, {})),
            "metadata 'key' at offset 24: the value runs past the end of the file (truncated or "
            "damaged?)");
  EXPECT_NE(with(EncodedValue::array(ValueType::String, uint64_t(1) << 61, {}))
                .find("an array of 2305843009213693952 elements does not fit"),
            std::string::npos);
  EXPECT_EQ(with({static_cast<ValueType>(13), {}}),
            "metadata 'key' at offset 24: unknown type 13 of the value");
  EXPECT_EQ(with(EncodedValue::array(static_cast<ValueType>(99), 0, {})),
            "metadata 'key' at offset 24: unknown type 99 of array elements");
}

TEST(GGUFReader, NestedArraysHaveALimit) {
  auto nested = [](unsigned depth) {
    EncodedValue value = EncodedValue::integers({1, 2});
    for (unsigned i = 1; i < depth; ++i)
      value = EncodedValue::array(ValueType::Array, 1, value.bytes);
    GGUFBuilder builder;
    builder.set("key", value);
    builder.set("next", 5);
    return errorOf(builder);
  };
  EXPECT_EQ(nested(4), "no error");
  EXPECT_EQ(nested(5), "metadata 'key' at offset 24: arrays are nested more than 4 deep");
  EXPECT_EQ(nested(1000), "metadata 'key' at offset 24: arrays are nested more than 4 deep");
}

TEST(GGUFReader, AlignmentIsAPowerOfTwo) {
  for (uint32_t alignment : {8u, 64u, 4096u}) {
    GGUFBuilder builder = threeTensors();
    builder.alignment = alignment;
    builder.set("general.alignment", alignment);
    EXPECT_EQ(errorOf(builder), "no error") << alignment;
  }
  for (uint32_t alignment : {0u, 1u, 4u, 33u, 48u, 1u << 31}) {
    GGUFBuilder builder = threeTensors();
    builder.set("general.alignment", alignment);
    EXPECT_EQ(errorOf(builder), "metadata 'general.alignment' at offset 61: the alignment is " +
                                    std::to_string(alignment) +
                                    ", expected a power of two from 8 to 2^30");
  }
}

TEST(GGUFReader, TensorsThatMakeNoSenseAreNamed) {
  auto with = [](auto change) {
    GGUFBuilder builder = threeTensors();
    change(builder.tensor("two"));
    return errorOf(builder);
  };
  EXPECT_EQ(with([](TensorEntry &t) { t.name = "one"; }), "tensor 'one': the name is there twice");
  EXPECT_EQ(with([](TensorEntry &t) { t.shape = {}; }),
            "tensor 'two': 0 dimensions, expected 1 to 4");
  EXPECT_EQ(with([](TensorEntry &t) { t.shape = {1, 1, 1, 1, 1}; }),
            "tensor 'two': 5 dimensions, expected 1 to 4");
  EXPECT_EQ(with([](TensorEntry &t) { t.shape = {0, 5}; }), "tensor 'two': dimension 1 is 0");
  EXPECT_EQ(with([](TensorEntry &t) { t.shape = {1ull << 40, 1ull << 40}; }),
            "tensor 'two': its sizes multiply to more than 2^56 elements");
  EXPECT_EQ(with([](TensorEntry &t) { t.shape = {1ull << 32, 1ull << 32}; }),
            "tensor 'two': its sizes multiply to more than 2^56 elements");
  EXPECT_EQ(with([](TensorEntry &t) { t.type = 4; }),
            "tensor 'two': unknown type number 4; supported types are F32, F16, BF16, Q4_0, "
            "Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4");
  EXPECT_EQ(with([](TensorEntry &t) { t.type = 8; }),
            "tensor 'two': rows of 5 elements do not fill the Q8_0 blocks of 32");
  EXPECT_EQ(with([](TensorEntry &t) { t.offset = 100; }),
            "tensor 'two': its offset 100 is not a multiple of the file's alignment of 32");
  EXPECT_EQ(with([](TensorEntry &t) { t.name = ""; }).substr(0, 9), "tensor 1 ");
  EXPECT_NE(with([](TensorEntry &t) {
              t.name = std::string(2000, 'n');
            }).find("the name is longer than 1024 bytes"),
            std::string::npos);
  EXPECT_EQ(with([](TensorEntry &t) {
              t.name = "two\n";
              t.offset = 1;
            }).substr(0, 18),
            "tensor 'two\\x0a': ");
}

TEST(GGUFReader, OverlappingTensorsAreNamed) {
  GGUFBuilder builder = threeTensors();
  builder.tensor("three").offset = 64; // inside "one", 72 bytes long
  builder.tensor("two").offset = 96;
  EXPECT_NE(errorOf(builder).find("tensor 'three': its data at offset "), std::string::npos);
  EXPECT_NE(errorOf(builder).find(" overlaps tensor 'one', which ends at "), std::string::npos);
}

TEST(GGUFReader, TheFirstTensorBeyondTheEndIsNamed) {
  GGUFBuilder builder = threeTensors();
  Bytes bytes = builder.build();
  uint64_t start = bytes.size() - 128 - 28;
  EXPECT_EQ(errorOf(llvm::ArrayRef<uint8_t>(bytes).take_front(start + 96 + 10)),
            "tensor 'two': its 30 bytes at offset " + std::to_string(start + 96) +
                " lie beyond the end of the file, which has " + std::to_string(start + 106) +
                " bytes (truncated?)");
  for (uint64_t offset : {uint64_t(1) << 40, uint64_t(0) - 32, uint64_t(1) << 63}) {
    GGUFBuilder far = threeTensors();
    far.tensor("three").offset = offset;
    EXPECT_NE(errorOf(far).find("tensor 'three': its 28 bytes at offset "), std::string::npos);
  }
}

TEST(GGUFReader, AFileWithoutTensorsIsAFile) {
  GGUFBuilder builder;
  builder.set("tokenizer.ggml.model", "gpt2");
  EXPECT_EQ(errorOf(builder), "no error");
  EXPECT_EQ(errorOf(GGUFBuilder()), "no error");
}

} // namespace
