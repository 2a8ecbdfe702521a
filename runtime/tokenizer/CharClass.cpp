//===- runtime/tokenizer/CharClass.cpp - letters, numbers, white space ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/CharClass.h"

#include <algorithm>
#include <iterator>
#include <span>

namespace qwenc::rt {
namespace {

struct CodePointRange {
  uint32_t first, last;
};

#include "support/UnicodeTables.inc"

bool contains(std::span<const CodePointRange> ranges, uint32_t codePoint) {
  auto after = std::upper_bound(
      ranges.begin(), ranges.end(), codePoint,
      [](uint32_t value, const CodePointRange &range) { return value < range.first; });
  return after != ranges.begin() && codePoint <= std::prev(after)->last;
}

CharClass asciiClass(uint32_t c) {
  if ((c | 0x20) - 'a' < 26)
    return CharClass::Letter;
  if (c - '0' < 10)
    return CharClass::Number;
  return c == ' ' || c - '\t' < 5 ? CharClass::Space : CharClass::Other;
}

} // namespace

CharClass charClass(uint32_t codePoint) {
  if (codePoint < 0x80)
    return asciiClass(codePoint);
  if (contains(LetterRanges, codePoint))
    return CharClass::Letter;
  if (contains(NumberRanges, codePoint))
    return CharClass::Number;
  return contains(SpaceRanges, codePoint) ? CharClass::Space : CharClass::Other;
}

uint64_t expectedCharClassChecksum() { return CharClassChecksum; }

} // namespace qwenc::rt
