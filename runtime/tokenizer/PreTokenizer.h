//===- runtime/tokenizer/PreTokenizer.h - text to words -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cuts text into the words inside which byte pairs may merge. Each kind is a
// regular expression of the model's makers, matched here by hand (the words of
// an expression are tried in order, each takes as much as it can):
//
//   gpt-2      's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+
//              |\s+(?!\S)|\s+
//   smollm     each \p{N} is a word; what lies between them is cut as by gpt-2,
//              as if it were a text of its own
//   llama-bpe  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}
//              | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//   qwen2      the same with \p{N} for \p{N}{1,3}
//
// (?i:) covers ASCII only, as in llama.cpp.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_TOKENIZER_PRETOKENIZER_H
#define QWENC_RUNTIME_TOKENIZER_PRETOKENIZER_H

#include "runtime/tokenizer/CharClass.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qwenc::rt {

/// Makes any bytes decodable the way llama.cpp reads them: a byte that belongs
/// to no character becomes U+FFFD, an overlong form becomes its short one, a
/// surrogate stays. Returns `text` itself if nothing changes, else a view of
/// `storage`.
std::string_view makeDecodable(std::string_view text, std::string &storage);

class PreTokenizer {
public:
  /// `kind` is QWEN_PRE_*; `text` comes from makeDecodable.
  PreTokenizer(uint32_t kind, std::string_view text);

  /// Sets `word` to the next word; false at the end. The words in a row are the
  /// text, and none is empty.
  bool next(std::string_view &word);

private:
  /// The character at a place, with its class; class End at the limit.
  struct Char {
    uint32_t codePoint = 0;
    CharClass cls = CharClass::End;
    uint8_t bytes = 0;
  };
  Char at(size_t place) const;
  /// First place from `place` on whose character is not of the class.
  size_t skip(CharClass cls, size_t place) const;
  /// Where the contraction ('s, 'll ...) at `begin` ends, or `begin`.
  size_t matchContraction(size_t begin, bool anyCase) const;
  /// Where the white space at `begin` ends when it matches \s+(?!\S)|\s+.
  size_t matchSpace(size_t begin) const;

  /// The end of the word at `begin`; each needs begin < limit.
  size_t matchGpt2(size_t begin) const;
  size_t matchSmollm(size_t begin);
  size_t matchQwen2(size_t begin, unsigned mostDigits) const;

  uint32_t kind;
  std::string_view text;
  size_t place = 0; ///< of the next word
  size_t limit;     ///< what counts as the end of the text now
};

} // namespace qwenc::rt
#endif
