//===- tests/unit/codegen/cost/TuningCacheTest.cpp -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/cost/TuningCache.h"
#include "gtest/gtest.h"
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace qwenc;

namespace {

class TuningCacheTest : public testing::Test {
protected:
  TuningCacheTest()
      : folder(testing::TempDir() + "/tuning-" +
               testing::UnitTest::GetInstance()->current_test_info()->name()),
        path(folder + "/in/a/new/folder") {
    std::filesystem::remove_all(folder);
  }
  ~TuningCacheTest() override { std::filesystem::remove_all(folder); }

  void save(const std::string &key, TileCost cost) {
    TuningCache cache(path);
    cache.insert(key, cost);
    llvm::Error error = cache.save();
    EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  }
  std::string read() {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void write(const std::string &text) { std::ofstream(path) << text; }

  std::string folder, path;
  const std::string first = std::string(64, 'a'), second = std::string(64, 'b');
};

TEST_F(TuningCacheTest, KeepsCostsAndAddsToThem) {
  save(first, {52.13, 2048});
  save(second, {79.2, 1024});
  TuningCache cache(path);
  EXPECT_EQ(cache.find(first), (TileCost{52.13, 2048}));
  EXPECT_EQ(cache.find(second), (TileCost{79.2, 1024}));
  EXPECT_FALSE(cache.find(std::string(64, 'c')));
}

TEST_F(TuningCacheTest, TheSameCostsAreTheSameBytes) {
  save(first, {52.13, 2048});
  save(second, {79.2, 1024});
  std::string text = read();
  std::filesystem::remove(path);
  save(second, {79.2, 1024});
  save(first, {52.13, 2048});
  EXPECT_EQ(read(), text);
}

TEST_F(TuningCacheTest, ADamagedFileIsAnEmptyOne) {
  save(first, {52.13, 2048});
  const std::string whole = read();
  for (size_t cut : {size_t(0), size_t(5), whole.size() / 2, whole.size() - 1}) {
    write(whole.substr(0, cut));
    EXPECT_FALSE(TuningCache(path).find(first)) << cut;
  }
  std::string flipped = whole;
  flipped[whole.size() - 7] ^= 1;
  write(flipped);
  EXPECT_FALSE(TuningCache(path).find(first));
  save(first, {52.13, 2048});
  EXPECT_EQ(read(), whole);
}

TEST_F(TuningCacheTest, SaysWhyItCannotBeWritten) {
  std::filesystem::create_directories(path);
  TuningCache cache(path);
  cache.insert(first, {1, 1});
  EXPECT_NE(llvm::toString(cache.save()).find("cannot be written"), std::string::npos);
}

} // namespace
