//===- tests/unit/runtime/tokenizer/CharClassTest.cpp ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/CharClass.h"

#include <gtest/gtest.h>

using namespace qwenc::rt;

namespace {

TEST(CharClass, AgreesWithUnicodeOnEveryCodePoint) {
  uint64_t checksum = 0xcbf29ce484222325u;
  for (uint32_t codePoint = 0; codePoint < 0x110000; ++codePoint)
    checksum = (checksum ^ static_cast<uint8_t>(charClass(codePoint))) * 0x100000001b3u;
  EXPECT_EQ(checksum, expectedCharClassChecksum());
}

TEST(CharClass, KnowsSomeByHeart) {
  for (uint32_t letter : {0x41u, 0x7Au, 0xAAu, 0xE9u, 0x1C5u, 0x4E2Du, 0x1D518u, 0x2EBF0u})
    EXPECT_EQ(charClass(letter), CharClass::Letter) << letter;
  for (uint32_t number : {0x30u, 0x39u, 0xB2u, 0xBDu, 0x663u, 0x2167u, 0x3007u, 0x1D7D8u})
    EXPECT_EQ(charClass(number), CharClass::Number) << number;
  for (uint32_t space : {0x9u, 0xDu, 0x20u, 0x85u, 0xA0u, 0x1680u, 0x200Au, 0x2029u, 0x3000u})
    EXPECT_EQ(charClass(space), CharClass::Space) << space;
  for (uint32_t other : {0x0u, 0x1Fu, 0x40u, 0x5Bu, 0x7Fu, 0x180Eu, 0x200Bu, 0x301u, 0xD800u,
                         0xFFFDu, 0x10FFFFu, 0x110000u, 0xFFFFFFFFu})
    EXPECT_EQ(charClass(other), CharClass::Other) << other;
}

} // namespace
