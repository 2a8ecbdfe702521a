//===- runtime/tokenizer/PreTokenizer.cpp - text to words -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/PreTokenizer.h"

#include "runtime/abi/TokenizerImage.h"
#include "support/Utf8.h"

namespace qwenc::rt {
namespace {

/// Length of the character that a lead byte promises; 0 for no lead byte.
unsigned promisedBytes(uint8_t lead) {
  if (lead < 0x80)
    return 1;
  if (lead < 0xC0 || lead > 0xF7)
    return 0;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// The number that a lead byte and its continuation bytes hold.
uint32_t joinBits(const char *bytes, unsigned count) {
  if (count == 1)
    return static_cast<uint8_t>(bytes[0]);
  uint32_t value = static_cast<uint8_t>(bytes[0]) & (0x7Fu >> count);
  for (unsigned i = 1; i < count; ++i)
    value = value << 6 | (static_cast<uint8_t>(bytes[i]) & 0x3F);
  return value;
}

/// Decodes without regard to overlong forms and surrogates; 0 if the bytes do
/// not even have the shape of a character or go beyond U+10FFFF.
unsigned looseLength(std::string_view text, uint32_t &codePoint) {
  unsigned count = promisedBytes(static_cast<uint8_t>(text[0]));
  if (count == 0 || count > text.size())
    return 0;
  for (unsigned i = 1; i < count; ++i)
    if ((static_cast<uint8_t>(text[i]) & 0xC0) != 0x80)
      return 0;
  codePoint = joinBits(text.data(), count);
  return codePoint <= 0x10FFFF ? count : 0;
}

bool isNewline(uint32_t codePoint) { return codePoint == '\r' || codePoint == '\n'; }

bool isMark(CharClass cls) { return cls == CharClass::Other; }

} // namespace

std::string_view makeDecodable(std::string_view text, std::string &storage) {
  size_t good = findInvalidUtf8(text);
  if (good == text.size())
    return text;
  storage.assign(text.substr(0, good));
  for (size_t i = good; i < text.size();) {
    uint32_t codePoint = ReplacementCharacter;
    unsigned count = looseLength(text.substr(i), codePoint);
    if (count == 3 && codePoint >= 0xD800 && codePoint <= 0xDFFF)
      storage.append(text.substr(i, 3)); // appendUtf8 refuses surrogates
    else
      appendUtf8(storage, codePoint);
    i += count ? count : 1;
  }
  return storage;
}

// A text for smollm is cut between digits first, so it starts without a piece.
PreTokenizer::PreTokenizer(uint32_t kind, std::string_view text)
    : kind(kind), text(text), limit(kind == QWEN_PRE_SMOLLM ? 0 : text.size()) {}

PreTokenizer::Char PreTokenizer::at(size_t place) const {
  if (place >= limit)
    return {};
  unsigned count = promisedBytes(static_cast<uint8_t>(text[place]));
  uint32_t codePoint = joinBits(text.data() + place, count);
  return {codePoint, charClass(codePoint), static_cast<uint8_t>(count)};
}

size_t PreTokenizer::skip(CharClass cls, size_t place) const {
  for (Char c = at(place); c.cls == cls; c = at(place))
    place += c.bytes;
  return place;
}

size_t PreTokenizer::matchContraction(size_t begin, bool anyCase) const {
  if (text[begin] != '\'')
    return begin;
  auto letter = [&](size_t index) -> char {
    char c = begin + index < limit ? text[begin + index] : '\0';
    return anyCase && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  };
  char first = letter(1), second = letter(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd')
    return begin + 2;
  bool isLong = (first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
                (first == 'l' && second == 'l');
  return isLong ? begin + 3 : begin;
}

size_t PreTokenizer::matchSpace(size_t begin) const {
  size_t last = begin, end = begin;
  for (Char c = at(end); c.cls == CharClass::Space; c = at(end)) {
    last = end;
    end += c.bytes;
  }
  // (?!\S): the last one of several belongs to the word that follows.
  return end < limit && last > begin ? last : end;
}

size_t PreTokenizer::matchGpt2(size_t begin) const {
  if (size_t end = matchContraction(begin, false); end > begin)
    return end;
  Char first = at(begin);
  size_t core = begin;
  if (first.codePoint == ' ') {
    core = begin + 1;
    first = at(core);
  }
  if (first.cls == CharClass::Letter || first.cls == CharClass::Number || isMark(first.cls))
    return skip(first.cls, core);
  return matchSpace(begin);
}

size_t PreTokenizer::matchSmollm(size_t begin) {
  if (begin == limit) {
    limit = text.size();
    Char first = at(begin);
    if (first.cls == CharClass::Number)
      return limit = begin + first.bytes;
    size_t end = begin;
    for (Char c = first; c.cls != CharClass::Number && c.cls != CharClass::End; c = at(end))
      end += c.bytes;
    limit = end;
  }
  return matchGpt2(begin);
}

size_t PreTokenizer::matchQwen2(size_t begin, unsigned mostDigits) const {
  if (size_t end = matchContraction(begin, true); end > begin)
    return end;
  Char first = at(begin);

  if (first.cls == CharClass::Letter)
    return skip(CharClass::Letter, begin);
  if (first.cls == CharClass::Number) {
    size_t end = begin;
    for (unsigned count = 0; count < mostDigits && at(end).cls == CharClass::Number; ++count)
      end += at(end).bytes;
    return end;
  }
  if (!isNewline(first.codePoint))
    if (size_t core = begin + first.bytes; at(core).cls == CharClass::Letter)
      return skip(CharClass::Letter, core);

  size_t core = first.codePoint == ' ' ? begin + 1 : begin;
  if (isMark(at(core).cls)) {
    size_t end = skip(CharClass::Other, core);
    while (end < limit && isNewline(static_cast<uint8_t>(text[end])))
      ++end;
    return end;
  }

  size_t afterNewline = begin;
  for (size_t i = begin; at(i).cls == CharClass::Space; i += at(i).bytes)
    if (isNewline(at(i).codePoint))
      afterNewline = i + 1;
  return afterNewline > begin ? afterNewline : matchSpace(begin);
}

bool PreTokenizer::next(std::string_view &word) {
  if (place >= text.size())
    return false;
  size_t end = place;
  switch (kind) {
  case QWEN_PRE_SMOLLM:
    end = matchSmollm(place);
    break;
  case QWEN_PRE_QWEN2:
    end = matchQwen2(place, 1);
    break;
  case QWEN_PRE_LLAMA_BPE:
    end = matchQwen2(place, 3);
    break;
  default:
    end = matchGpt2(place);
    break;
  }
  word = text.substr(place, end - place);
  place = end;
  return true;
}

} // namespace qwenc::rt
