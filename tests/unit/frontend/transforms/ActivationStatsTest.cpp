//===- tests/unit/frontend/transforms/ActivationStatsTest.cpp -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/ActivationStats.h"

#include "tests/unit/frontend/transforms/ModelFile.h"

#include <gtest/gtest.h>

using namespace qwenc;

namespace {

Bytes floats(std::initializer_list<float> values) {
  Bytes bytes;
  for (float value : values)
    appendNumber(bytes, value);
  return bytes;
}

GGUFBuilder matrixFile() {
  GGUFBuilder gguf;
  gguf.set("general.type", "imatrix");
  gguf.add("blk.0.ffn_up.weight.in_sum2", {1, 3}).data = floats({2, 4, 0});
  gguf.add("blk.0.ffn_up.weight.counts", {1, 1}).data = floats({4});
  return gguf;
}

void appendEntry(Bytes &bytes, const std::string &name, int32_t calls,
                 std::initializer_list<float> sums) {
  appendNumber<int32_t>(bytes, static_cast<int32_t>(name.size()));
  bytes.insert(bytes.end(), name.begin(), name.end());
  appendNumber(bytes, calls);
  appendNumber<int32_t>(bytes, static_cast<int32_t>(sums.size()));
  for (float sum : sums)
    appendNumber(bytes, sum);
}

std::string errorOf(const Bytes &bytes) {
  TemporaryFile file(bytes);
  auto stats = readImportanceMatrix(file.path);
  if (stats)
    return "";
  std::string error = llvm::toString(stats.takeError());
  EXPECT_EQ(error.find(file.path + ": "), 0u) << error;
  return error;
}

using Columns = std::vector<float>;

TEST(ActivationStats, MeansOfSquares) {
  ActivationStats stats;
  stats.add("x", {1.0f, 2.0f});
  stats.add("x", {3.0f, 0.0f});
  stats.finish();
  EXPECT_EQ(stats.find("x", false), llvm::ArrayRef<float>({5.0f, 2.0f}));
  EXPECT_TRUE(stats.find("y", false).empty());
}

TEST(ActivationStats, ATiedHeadIsTheEmbedding) {
  ActivationStats stats;
  stats.set("output.weight", {1.0f});
  EXPECT_EQ(stats.find("token_embd.weight", true).size(), 1u);
  EXPECT_TRUE(stats.find("token_embd.weight", false).empty());
}

TEST(ImportanceMatrix, ReadsGGUF) {
  TemporaryFile file(matrixFile().build());
  auto stats = readImportanceMatrix(file.path);
  ASSERT_TRUE(static_cast<bool>(stats));
  EXPECT_EQ(stats->find("blk.0.ffn_up.weight", false), llvm::ArrayRef<float>({0.5f, 1.0f, 0.0f}));
}

TEST(ImportanceMatrix, ReadsDat) {
  Bytes bytes;
  appendNumber<int32_t>(bytes, 2);
  appendEntry(bytes, "a.weight", 2, {1, 3});
  appendEntry(bytes, "b.weight", 4, {8});
  TemporaryFile file(bytes);
  auto stats = readImportanceMatrix(file.path);
  ASSERT_TRUE(static_cast<bool>(stats));
  EXPECT_EQ(stats->find("a.weight", false), llvm::ArrayRef<float>({0.5f, 1.5f}));
  EXPECT_EQ(stats->find("b.weight", false), llvm::ArrayRef<float>({2.0f}));
}

TEST(ImportanceMatrix, RefusesOtherAndBrokenFiles) {
  EXPECT_NE(errorOf(tinyModel("qwen2").build()).find("not 'imatrix'"), std::string::npos);
  GGUFBuilder gguf = matrixFile();
  gguf.tensor("blk.0.ffn_up.weight.counts").data = floats({0});
  EXPECT_NE(errorOf(gguf.build()).find("give no means"), std::string::npos);
  gguf = matrixFile();
  gguf.tensor("blk.0.ffn_up.weight.in_sum2").data = floats({1, -1, 0});
  EXPECT_NE(errorOf(gguf.build()).find("give no means"), std::string::npos);
  gguf.tensors.clear();
  EXPECT_NE(errorOf(gguf.build()).find("statistics of no tensor"), std::string::npos);

  EXPECT_NE(errorOf({1, 0}).find("no number of entries"), std::string::npos);
  Bytes dat;
  appendNumber<int32_t>(dat, 1);
  appendEntry(dat, "a.weight", 2, {1, 3});
  for (size_t size = 4; size < dat.size(); ++size)
    EXPECT_NE(errorOf(Bytes(dat.begin(), dat.begin() + long(size))).find("is cut off"),
              std::string::npos)
        << size;
  Bytes huge;
  appendNumber<int32_t>(huge, 1);
  appendNumber<int32_t>(huge, 0x7fffffff);
  EXPECT_NE(errorOf(huge).find("is cut off"), std::string::npos);
}

} // namespace
