//===- tests/unit/support/MappedFileTest.cpp ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/MappedFile.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace qwenc;

namespace {

/// A file that is removed again.
class TemporaryFile {
public:
  explicit TemporaryFile(uint64_t size)
      : path(std::filesystem::temp_directory_path() /
             ("qwenc-mapped-" + std::to_string(::getpid()) + "-" + std::to_string(size))) {
    std::vector<char> bytes(size);
    for (uint64_t i = 0; i < size; ++i)
      bytes[i] = static_cast<char>(i * 7 + i / 256);
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(size));
  }
  ~TemporaryFile() { std::filesystem::remove(path); }

  std::filesystem::path path;
};

/// Resident memory of files that this process has mapped, in bytes.
uint64_t residentFileBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "RssFile:") {
      uint64_t kib = 0;
      status >> kib;
      return kib * 1024;
    }
  ADD_FAILURE() << "no RssFile in /proc/self/status";
  return 0;
}

TEST(MappedFile, ShowsTheBytes) {
  TemporaryFile temporary(10001);
  auto file = MappedFile::open(temporary.path);
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(file->size(), 10001u);
  EXPECT_EQ(file->path(), temporary.path);
  for (uint64_t i = 0; i < file->size(); ++i)
    ASSERT_EQ(file->data()[i], static_cast<uint8_t>(i * 7 + i / 256)) << i;
}

TEST(MappedFile, MovingKeepsTheAddress) {
  TemporaryFile temporary(100);
  auto file = MappedFile::open(temporary.path);
  ASSERT_TRUE(file);
  const uint8_t *address = file->data();
  MappedFile moved = std::move(*file);
  EXPECT_EQ(moved.data(), address);
  EXPECT_EQ(file->data(), nullptr);
  EXPECT_EQ(file->size(), 0u);
  MappedFile assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned.data(), address);
  EXPECT_EQ(assigned.bytes()[99], static_cast<uint8_t>(99 * 7));
}

TEST(MappedFile, DroppedPagesAreNoLongerResidentAndReadAgain) {
  constexpr uint64_t Size = 8u << 20;
  TemporaryFile temporary(Size);
  auto file = MappedFile::open(temporary.path);
  ASSERT_TRUE(file);
  unsigned sum = 0;
  for (uint64_t i = 0; i < Size; i += 4096)
    sum += file->data()[i];
  uint64_t touched = residentFileBytes();
  file->dropPages(0, Size);
  uint64_t dropped = residentFileBytes();
  EXPECT_GT(touched, dropped + Size * 3 / 4);
  for (uint64_t i = 0; i < Size; i += 4096)
    sum -= file->data()[i];
  EXPECT_EQ(sum, 0u);
}

TEST(MappedFile, RangesOfAdviceMayBeAnything) {
  TemporaryFile temporary(5000);
  auto file = MappedFile::open(temporary.path);
  ASSERT_TRUE(file);
  file->dropPages(1, 100);
  file->dropPages(4999, UINT64_MAX);
  file->dropPages(UINT64_MAX, UINT64_MAX);
  file->prefetch(4096, UINT64_MAX);
  file->prefetch(UINT64_MAX, 1);
  EXPECT_EQ(file->data()[4999], static_cast<uint8_t>(4999 * 7 + 4999 / 256));
}

TEST(MappedFile, ErrorsNameTheFile) {
  auto missing = MappedFile::open("/nonexistent/model.gguf");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), "/nonexistent/model.gguf: cannot open: No such file or directory");
  std::string folder = std::filesystem::temp_directory_path();
  auto directory = MappedFile::open(folder);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error(), folder + ": is a folder, not a file");
  TemporaryFile empty(0);
  auto nothing = MappedFile::open(empty.path);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error(), empty.path.string() + ": the file is empty");
}

TEST(MappedFile, AFifoIsRefusedWithoutWaiting) {
  std::string path =
      std::filesystem::temp_directory_path() / ("qwenc-fifo-" + std::to_string(::getpid()));
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto fifo = MappedFile::open(path);
  EXPECT_FALSE(fifo);
  std::filesystem::remove(path);
}

} // namespace
