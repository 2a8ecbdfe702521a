//===- runtime/tokenizer/StreamDecoder.h - tokens to UTF-8 as they come ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A byte-level token may end in the middle of a character. The decoder passes on
// only whole characters: at most three bytes wait for the next token. Bytes that
// can never become a character turn into U+FFFD, one per maximal invalid part
// (the practice of Unicode, section 3.9), so the output is always valid UTF-8.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_TOKENIZER_STREAMDECODER_H
#define QWENC_RUNTIME_TOKENIZER_STREAMDECODER_H

#include <string>
#include <string_view>

namespace qwenc::rt {

class StreamDecoder {
public:
  /// Takes the bytes of the next token (Tokenizer::decode) and appends to `out`
  /// what is complete.
  void feed(std::string_view bytes, std::string &out);

  /// Ends the text: an incomplete character becomes U+FFFD. The decoder can then
  /// be used for another text.
  void flush(std::string &out);

private:
  std::string pending; ///< an incomplete but so far valid character, 0 .. 3 bytes
};

} // namespace qwenc::rt
#endif
