//===- runtime/tokenizer/Tokenizer.h - text to tokens and back ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The front of the tokenizer. Text goes through three stages:
//
//   special tokens cut out -> PreTokenizer: words -> BytePairEncoder: tokens
//
// and comes back by concatenating the bytes of its tokens. The result equals
// llama.cpp's on the same file, token for token; text is not normalised.
// Everything lives in the mapped image (runtime/abi/TokenizerImage.h): opening
// takes microseconds, and a Tokenizer is a cheap, copyable, read-only view that
// any number of threads may use at once.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_TOKENIZER_TOKENIZER_H
#define QWENC_RUNTIME_TOKENIZER_TOKENIZER_H

#include "runtime/tokenizer/ImageView.h"
#include "support/Result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qwenc::rt {

class Tokenizer {
public:
  /// Views an image that must outlive the Tokenizer and its copies. Fails on a
  /// foreign, truncated or newer image. `image` is aligned to 16 bytes.
  static Result<Tokenizer> open(std::span<const uint8_t> image);

  /// Appends the tokens of `text` to `tokens`; adds no BOS or EOS. With
  /// `parseSpecial` the text of a control token ("<|im_end|>") becomes that
  /// token, else it stays text; user-defined tokens are recognised always.
  /// Any bytes are accepted: each byte of invalid UTF-8 counts as U+FFFD.
  void encode(std::string_view text, bool parseSpecial, std::vector<int32_t> &tokens) const;

  /// The bytes that a token stands for, control tokens as their text; empty for
  /// a number outside the vocabulary. One token may hold part of a character:
  /// StreamDecoder joins them. The view lives as long as the image.
  std::string_view decode(int32_t token) const { return image.bytes(token); }

  /// The bytes of all tokens in a row. `keepControl` false leaves out control
  /// and unknown tokens, as in text for a person.
  std::string decode(std::span<const int32_t> tokens, bool keepControl = true) const;

  /// The control, user-defined or unknown token with this very text, or -1.
  int32_t findSpecial(std::string_view text) const { return image.findSpecial(text); }

  /// Whether the token is one that a reader of the text should not see.
  bool isControl(int32_t token) const;

  /// Whether generation ends with this token: EOS, EOT and what llama.cpp takes
  /// for such by its text ("<|im_end|>", "<|endoftext|>" ...).
  bool isEndOfGeneration(int32_t token) const;

  int32_t vocabSize() const { return image.vocabSize(); }
  /// Beginning and end of text; -1 where the model has none.
  int32_t bos() const { return image.header().bos; }
  int32_t eos() const { return image.header().eos; }
  /// Whether BOS goes in front of a raw prompt (never of a chat prompt: what
  /// a template wants there, it says itself). False if there is no BOS.
  bool addsBos() const;
  std::string_view modelName() const { return image.text(image.header().model_name); }

  const ImageView &view() const { return image; }

private:
  explicit Tokenizer(ImageView image) : image(image) {}
  /// Encodes text without special tokens.
  void encodePlain(std::string_view text, std::vector<int32_t> &tokens) const;

  ImageView image;
};

} // namespace qwenc::rt
#endif
