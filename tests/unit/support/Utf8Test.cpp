//===- tests/unit/support/Utf8Test.cpp ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Utf8.h"

#include <gtest/gtest.h>

using namespace qwenc;

namespace {

TEST(Utf8, EveryCharacterIsEncodedAndDecoded) {
  for (uint32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code == 0xD800)
      code = 0xE000;
    std::string text;
    appendUtf8(text, code);
    ASSERT_EQ(text.size(), code < 0x80 ? 1u : code < 0x800 ? 2u : code < 0x10000 ? 3u : 4u);
    Utf8Char c = decodeUtf8(text + "x");
    ASSERT_EQ(c.status, Utf8Char::Valid) << std::hex << code;
    ASSERT_EQ(c.codePoint, code);
    ASSERT_EQ(c.bytes, text.size());
    for (size_t cut = 1; cut < text.size(); ++cut) {
      Utf8Char part = decodeUtf8(std::string_view(text).substr(0, cut));
      ASSERT_EQ(part.status, Utf8Char::Incomplete) << std::hex << code;
      ASSERT_EQ(part.bytes, cut);
    }
  }
}

TEST(Utf8, NumbersThatAreNoCharactersAppendTheReplacement) {
  for (uint32_t code : {0xD800u, 0xDFFFu, 0x110000u, 0xFFFFFFFFu}) {
    std::string text;
    appendUtf8(text, code);
    EXPECT_EQ(text, "\xEF\xBF\xBD");
  }
}

TEST(Utf8, IllFormedSequencesEndAtTheirMaximalSubpart) {
  struct {
    std::string_view text;
    unsigned bytes;
  } cases[] = {
      {"\x80", 1},             // a continuation alone
      {"\xC0\x80", 1},         // overlong U+0000
      {"\xC1\xBF", 1},         // overlong U+007F
      {"\xE0\x9F\xBF", 1},     // overlong U+07FF
      {"\xF0\x8F\xBF\xBF", 1}, // overlong U+FFFF
      {"\xED\xA0\x80", 1},     // a surrogate
      {"\xF4\x90\x80\x80", 1}, // U+110000
      {"\xF5\x80\x80\x80", 1}, // no such first byte
      {"\xFF", 1},
      {"\xC3(", 1},
      {"\xE2\x82(", 2},
      {"\xF0\x9F\x98(", 3},
  };
  for (auto &test : cases) {
    Utf8Char c = decodeUtf8(test.text);
    EXPECT_EQ(c.status, Utf8Char::Invalid) << test.text;
    EXPECT_EQ(c.bytes, test.bytes) << test.text;
    EXPECT_EQ(c.codePoint, ReplacementCharacter);
  }
}

TEST(Utf8, FindsTheFirstIllFormedByte) {
  EXPECT_EQ(findInvalidUtf8("na\xC3\xAFve \xE2\x82\xAC"), 10u);
  EXPECT_EQ(findInvalidUtf8("na\xC3\xAFve \xFF!"), 7u);
  EXPECT_EQ(findInvalidUtf8("ab\xE2\x82"), 2u); // cut off
  EXPECT_TRUE(isValidUtf8(""));
}

TEST(Utf8, AStreamHoldsBackWhatLaterBytesMayComplete) {
  std::string face = "ok \xF0\x9F\x98\x80";
  EXPECT_EQ(completeUtf8Length(face), 7u);
  for (size_t cut = 4; cut < 7; ++cut)
    EXPECT_EQ(completeUtf8Length(face.substr(0, cut)), 3u) << cut;
  EXPECT_EQ(completeUtf8Length(face.substr(0, 3)), 3u);
  EXPECT_EQ(completeUtf8Length(""), 0u);
  EXPECT_EQ(completeUtf8Length("a\x80"), 2u);    // never to be completed
  EXPECT_EQ(completeUtf8Length("\xE0\x80"), 2u); // overlong: neither
  EXPECT_EQ(completeUtf8Length("\xC3"), 0u);
  EXPECT_EQ(completeUtf8Length("\xC3\xA4\xE2"), 2u);
}

} // namespace
