//===- tests/unit/support/Sha256Test.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Sha256.h"

#include "support/MappedFile.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string_view>
#include <unistd.h>
#include <vector>

using namespace qwenc;

namespace {

std::span<const uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

std::string hashOf(std::string_view text, bool portable) {
  Sha256 hash(portable);
  hash.update(bytesOf(text));
  return hash.finishHex();
}

// The examples of FIPS 180-4's companion document.
TEST(Sha256, KnownDigests) {
  for (bool portable : {false, true}) {
    EXPECT_EQ(hashOf("", portable),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hashOf("abc", portable),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", portable),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hashOf(std::string(1000000, 'a'), portable),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

TEST(Sha256, PiecesAndInstructionsDoNotMatter) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += static_cast<char>(i * 37);
    std::string whole = hashOf(text, true);
    ASSERT_EQ(hashOf(text, false), whole) << i;
    Sha256 pieces;
    for (size_t at = 0; at < text.size(); at += 1 + i % 70)
      pieces.update(bytesOf(std::string_view(text).substr(at, 1 + i % 70)));
    ASSERT_EQ(pieces.finishHex(), whole) << i;
  }
}

TEST(Sha256, HashesAFile) {
  std::string path =
      std::filesystem::temp_directory_path() / ("qwenc-sha-" + std::to_string(::getpid()));
  std::string text(40u << 20, 'q'); // more than one step of the reader
  std::ofstream(path, std::ios::binary) << text;
  auto file = MappedFile::open(path);
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(sha256Hex({&*file, 1}), hashOf(text, false));
  EXPECT_EQ(sha256Hex(text), hashOf(text, false));
  // Parts of a model: as if they were one file.
  std::string tail(1000, 't');
  std::ofstream(path + ".2", std::ios::binary) << tail;
  auto second = MappedFile::open(path + ".2");
  ASSERT_TRUE(second) << second.error();
  MappedFile parts[] = {std::move(*file), std::move(*second)};
  EXPECT_EQ(sha256Hex(parts), hashOf(text + tail, false));
  std::filesystem::remove(path + ".2");
  std::filesystem::remove(path);
}

} // namespace
