//===- runtime/tokenizer/ImageView.h - typed access to the image ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks the header of a tokenizer image once and then gives its arrays as
// spans. What lies inside an array is trusted only so far that no content can
// lead outside the image.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_TOKENIZER_IMAGEVIEW_H
#define QWENC_RUNTIME_TOKENIZER_IMAGEVIEW_H

#include "runtime/abi/TokenizerImage.h"
#include "support/Result.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace qwenc::rt {

class ImageView {
public:
  /// Fails on a foreign, truncated, misaligned or newer image.
  static Result<ImageView> open(std::span<const uint8_t> image);

  const QwenTokenizerImage &header() const {
    return *reinterpret_cast<const QwenTokenizerImage *>(base);
  }
  int32_t vocabSize() const { return static_cast<int32_t>(header().vocab); }

  /// What a token stands for; empty outside the vocabulary.
  std::string_view bytes(int32_t token) const;
  /// QWEN_TOKEN_*, 0 outside the vocabulary.
  uint8_t type(int32_t token) const;
  /// The token of one byte, or -1.
  int32_t byteToken(uint8_t byte) const { return array<int32_t>(header().byte_tokens)[byte]; }
  /// The merge of two tokens, or null.
  const QwenMerge *findMerge(int32_t left, int32_t right) const;
  /// The normal token that stands for these bytes, or -1.
  int32_t findWord(std::string_view bytes) const;
  /// The special token with this text, or -1.
  int32_t findSpecial(std::string_view text) const;

  /// Special tokens in bytewise order of their text.
  std::span<const int32_t> specials() const { return array<int32_t>(header().specials); }
  std::span<const int32_t> endTokens() const { return array<int32_t>(header().end_tokens); }

  std::string_view text(QwenSpan span) const {
    return {reinterpret_cast<const char *>(base + span.offset), span.count};
  }

private:
  explicit ImageView(const uint8_t *base) : base(base) {}
  template <typename T> std::span<const T> array(QwenSpan span) const {
    return {reinterpret_cast<const T *>(base + span.offset), span.count};
  }

  const uint8_t *base;
};

} // namespace qwenc::rt
#endif
