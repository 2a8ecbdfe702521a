//===- tests/unit/frontend/safetensors/SafetensorsReaderTest.cpp ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/safetensors/SafetensorsReader.h"

#include <gtest/gtest.h>

#include <cstring>

using namespace qwenc;
using namespace qwenc::safetensors;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes fileOf(const std::string &json, uint64_t dataBytes) {
  uint64_t length = json.size();
  Bytes bytes(8 + json.size() + dataBytes);
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, json.data(), json.size());
  return bytes;
}

std::string errorOf(const Bytes &bytes) {
  auto file = readFile("x.safetensors", bytes);
  if (file)
    return "";
  std::string error = llvm::toString(file.takeError());
  EXPECT_EQ(error.find("x.safetensors: "), 0u) << error;
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  return error;
}

std::string errorOf(const std::string &json, uint64_t dataBytes) {
  return errorOf(fileOf(json, dataBytes));
}

#define EXPECT_ERROR(error, part) EXPECT_NE((error).find(part), std::string::npos) << (error)

TEST(Safetensors, ReadsTensorsInTheOrderOfTheirData) {
  std::string json = R"({"__metadata__":{"format":"pt"},)"
                     R"("b":{"dtype":"BF16","shape":[3],"data_offsets":[24,30]},)"
                     R"("a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                     R"("none":{"dtype":"F32","shape":[0,4],"data_offsets":[30,30]}}  )";
  auto file = readFile("x", fileOf(json, 30));
  ASSERT_TRUE(static_cast<bool>(file)) << llvm::toString(file.takeError());
  ASSERT_EQ(file->tensors.size(), 3u);
  EXPECT_EQ(file->tensors[0].name, "a");
  EXPECT_EQ(file->tensors[0].dtype, "F32");
  EXPECT_EQ(file->tensors[0].shape, (llvm::SmallVector<uint64_t, 2>{2, 3}));
  EXPECT_EQ(file->tensors[0].offset, 8 + json.size());
  EXPECT_EQ(file->tensors[1].bytes, 6u);
  EXPECT_EQ(file->tensors[2].bytes, 0u);
}

TEST(Safetensors, AnyCutIsAnError) {
  Bytes whole = fileOf(R"({"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}})", 8);
  ASSERT_EQ(errorOf(whole), "");
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(errorOf(Bytes(whole.begin(), whole.begin() + long(size))), "") << size;
}

TEST(Safetensors, HeaderErrors) {
  EXPECT_ERROR(errorOf(Bytes{}), "shorter than the 8 bytes");
  EXPECT_ERROR(errorOf(Bytes(8, 0xff)), "this is no safetensors file");
  Bytes beyond = fileOf("{}", 0);
  beyond[0] = 50;
  EXPECT_ERROR(errorOf(beyond), "ends beyond the file");
  EXPECT_ERROR(errorOf("", 0), "is no JSON");
  EXPECT_ERROR(errorOf("{\"a\":", 0), "is no JSON");
  EXPECT_ERROR(errorOf("[1]", 0), "is no JSON object");
  EXPECT_ERROR(errorOf("\"\xff\"", 0), "is no JSON");
  EXPECT_ERROR(errorOf(std::string(200000, '['), 0), "nests deeper");
  EXPECT_ERROR(errorOf("{\"a\":" + std::string(100000, '{'), 0), "nests deeper");
}

TEST(Safetensors, EntryErrors) {
  EXPECT_ERROR(errorOf(R"({"a":3})", 0), "'a': its entry is no object");
  EXPECT_ERROR(errorOf(R"({"a":{}})", 0), "it has no dtype");
  EXPECT_ERROR(errorOf(R"({"a":{"dtype":"Q4"}})", 0), "unknown dtype 'Q4'");
  EXPECT_ERROR(errorOf(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4),
               "no lists of numbers");
  EXPECT_ERROR(errorOf(R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4),
               "no lists of numbers");
  EXPECT_ERROR(errorOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4),
               "no lists of numbers");
  EXPECT_ERROR(
      errorOf(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
      "more than 64 bits");
  EXPECT_ERROR(errorOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4),
               "beyond the end of the file");
  EXPECT_ERROR(errorOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})", 8),
               "beyond the end of the file");
  EXPECT_ERROR(
      errorOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}})", 8),
      "beyond the end of the file");
  EXPECT_ERROR(errorOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 8),
               "has 4 bytes, but type and shape make 8");
  EXPECT_ERROR(errorOf(R"({"a\u001b[31m":{}})", 0), "it has no dtype");
}

TEST(Safetensors, TheDataHasNoGapsAndNoOverlaps) {
  auto entry = [](const char *name, int begin, int end) {
    return "\"" + std::string(name) + "\":{\"dtype\":\"U8\",\"shape\":[" +
           std::to_string(end - begin) + "],\"data_offsets\":[" + std::to_string(begin) + "," +
           std::to_string(end) + "]}";
  };
  EXPECT_EQ(errorOf("{" + entry("a", 0, 4) + "," + entry("b", 4, 6) + "}", 6), "");
  EXPECT_ERROR(errorOf("{" + entry("a", 0, 4) + "," + entry("b", 3, 6) + "}", 6), "an overlap");
  EXPECT_ERROR(errorOf("{" + entry("a", 0, 4) + "," + entry("b", 5, 6) + "}", 6), "a gap");
  EXPECT_ERROR(errorOf("{" + entry("a", 0, 4) + "}", 6), "data after the last tensor");
  // One of two entries of a name is lost.
  EXPECT_NE(errorOf("{" + entry("a", 0, 4) + "," + entry("a", 4, 6) + "}", 6), "");
}

} // namespace
