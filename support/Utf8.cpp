//===- support/Utf8.cpp ---------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Utf8.h"

using namespace qwenc;

namespace {
/// What a first byte says about the rest of its character.
struct Lead {
  uint8_t bytes;             // 0: no character starts so
  uint8_t secondLow = 0x80;  // range of the second byte; the later ones are
  uint8_t secondHigh = 0xBF; // always 80..BF
};
} // namespace

static Lead classify(uint8_t byte) {
  if (byte < 0x80)
    return {1};
  if (byte < 0xC2) // continuation, or an overlong form of one byte
    return {0};
  if (byte < 0xE0)
    return {2};
  if (byte == 0xE0) // shorter forms hold everything below U+0800
    return {3, 0xA0, 0xBF};
  if (byte == 0xED) // U+D800 and above are surrogates
    return {3, 0x80, 0x9F};
  if (byte < 0xF0)
    return {3};
  if (byte == 0xF0)
    return {4, 0x90, 0xBF};
  if (byte < 0xF4)
    return {4};
  if (byte == 0xF4) // nothing above U+10FFFF
    return {4, 0x80, 0x8F};
  return {0};
}

Utf8Char qwenc::decodeUtf8(std::string_view text) {
  if (text.empty())
    return {ReplacementCharacter, 0, Utf8Char::Incomplete};
  uint8_t first = static_cast<uint8_t>(text[0]);
  Lead lead = classify(first);
  if (lead.bytes == 0)
    return {ReplacementCharacter, 1, Utf8Char::Invalid};
  if (lead.bytes == 1)
    return {first, 1, Utf8Char::Valid};
  uint32_t codePoint = first & (0xFFu >> (lead.bytes + 1));
  for (uint8_t i = 1; i < lead.bytes; ++i) {
    if (i == text.size())
      return {ReplacementCharacter, i, Utf8Char::Incomplete};
    uint8_t byte = static_cast<uint8_t>(text[i]);
    uint8_t low = i == 1 ? lead.secondLow : 0x80, high = i == 1 ? lead.secondHigh : 0xBF;
    if (byte < low || byte > high)
      return {ReplacementCharacter, i, Utf8Char::Invalid};
    codePoint = codePoint << 6 | (byte & 0x3Fu);
  }
  return {codePoint, lead.bytes, Utf8Char::Valid};
}

size_t qwenc::findInvalidUtf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    Utf8Char c = decodeUtf8(text.substr(at));
    if (c.status != Utf8Char::Valid)
      break;
    at += c.bytes;
  }
  return at;
}

size_t qwenc::completeUtf8Length(std::string_view text) {
  // Only the last three bytes can begin a character that is cut off.
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    std::string_view tail = text.substr(text.size() - back);
    if ((static_cast<uint8_t>(tail[0]) & 0xC0u) == 0x80u)
      continue;
    Utf8Char c = decodeUtf8(tail);
    if (c.status == Utf8Char::Incomplete && c.bytes == back)
      return text.size() - back;
    break;
  }
  return text.size();
}

void qwenc::appendUtf8(std::string &text, uint32_t codePoint) {
  if (codePoint > 0x10FFFF || (codePoint >= 0xD800 && codePoint < 0xE000))
    codePoint = ReplacementCharacter;
  if (codePoint < 0x80) {
    text += static_cast<char>(codePoint);
    return;
  }
  int rest = codePoint < 0x800 ? 1 : codePoint < 0x10000 ? 2 : 3;
  uint32_t mark = 0xFF00u >> (rest + 1) & 0xFFu;
  text += static_cast<char>(mark | codePoint >> (6 * rest));
  while (rest--)
    text += static_cast<char>(0x80u | (codePoint >> (6 * rest) & 0x3Fu));
}
