//===- runtime/tokenizer/Tokenizer.cpp - text to tokens and back ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/Tokenizer.h"

#include "runtime/tokenizer/BytePairEncoder.h"
#include "runtime/tokenizer/PreTokenizer.h"
#include "runtime/tokenizer/SpecialTokens.h"

#include <algorithm>

namespace qwenc::rt {

Result<Tokenizer> Tokenizer::open(std::span<const uint8_t> image) {
  Result<ImageView> view = ImageView::open(image);
  if (!view)
    return view.takeFailure();
  return Tokenizer(*view);
}

void Tokenizer::encodePlain(std::string_view text, std::vector<int32_t> &tokens) const {
  std::string storage;
  PreTokenizer words(image.header().pre, makeDecodable(text, storage));
  BytePairEncoder encoder(image);
  const bool takeWhole = image.header().flags & QWEN_TOKENIZER_IGNORE_MERGES;
  for (std::string_view word; words.next(word);) {
    int32_t whole = takeWhole ? image.findWord(word) : -1;
    if (whole >= 0)
      tokens.push_back(whole);
    else
      encoder.encode(word, tokens);
  }
}

void Tokenizer::encode(std::string_view text, bool parseSpecial,
                       std::vector<int32_t> &tokens) const {
  size_t place = 0;
  for (const SpecialMatch &match : findSpecialTokens(image, text, parseSpecial)) {
    encodePlain(text.substr(place, match.begin - place), tokens);
    tokens.push_back(match.token);
    place = match.end;
  }
  encodePlain(text.substr(place), tokens);
}

std::string Tokenizer::decode(std::span<const int32_t> tokens, bool keepControl) const {
  std::string text;
  for (int32_t token : tokens)
    if (keepControl || !isControl(token))
      text += image.bytes(token);
  return text;
}

bool Tokenizer::isControl(int32_t token) const {
  uint8_t type = image.type(token);
  return type == QWEN_TOKEN_CONTROL || type == QWEN_TOKEN_UNKNOWN;
}

bool Tokenizer::isEndOfGeneration(int32_t token) const {
  auto ends = image.endTokens();
  return std::binary_search(ends.begin(), ends.end(), token);
}

bool Tokenizer::addsBos() const {
  return (image.header().flags & QWEN_TOKENIZER_ADD_BOS) && bos() >= 0;
}

} // namespace qwenc::rt
