//===- support/Utf8.h - UTF-8, checked and piece by piece -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Well-formed means the Unicode standard's table 3-7: no overlong forms, no
// surrogates, nothing above U+10FFFF. An ill-formed sequence is taken in
// "maximal subparts", as Python's errors="replace" and the web's decoders do.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_UTF8_H
#define QWENC_SUPPORT_UTF8_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qwenc {

constexpr uint32_t ReplacementCharacter = 0xFFFD;

/// One decoded character, or the place where there is none.
struct Utf8Char {
  enum Status : uint8_t {
    Valid,
    Invalid,   // these `bytes` belong to no character
    Incomplete // the text ends inside what may still become a character
  };
  uint32_t codePoint; // ReplacementCharacter unless Valid
  uint8_t bytes;      // 1 .. 4 (0 only for an empty text)
  Status status;
};

/// Decodes the character at the start of `text`. An empty text is Incomplete.
Utf8Char decodeUtf8(std::string_view text);

/// Offset of the first ill-formed byte, text.size() if the text is well-formed.
size_t findInvalidUtf8(std::string_view text);

inline bool isValidUtf8(std::string_view text) { return findInvalidUtf8(text) == text.size(); }

/// Length of the longest start of `text` that does not end inside a character
/// which later bytes could complete: what a stream may write now. Ill-formed
/// bytes count as complete.
size_t completeUtf8Length(std::string_view text);

/// Appends the character; anything that is no Unicode scalar value appends
/// U+FFFD.
void appendUtf8(std::string &text, uint32_t codePoint);

} // namespace qwenc
#endif
