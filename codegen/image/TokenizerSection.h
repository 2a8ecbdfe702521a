//===- codegen/image/TokenizerSection.h - writes the tokenizer image ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns a file's vocabulary into the bytes that the runtime maps (the layout is
// runtime/abi/TokenizerImage.h). All that costs time is done here: tokens are
// freed of the byte alphabet, merges become a perfect hash of token numbers.
// No LLVM in here, so that the runtime's instrumented tests and fuzzers can
// make images, too.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_TOKENIZERSECTION_H
#define QWENC_CODEGEN_IMAGE_TOKENIZERSECTION_H

#include "support/Result.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace qwenc {

/// A vocabulary of byte-level BPE as a GGUF file has it. The views must be valid
/// only during buildTokenizerImage.
struct TokenizerInput {
  std::string_view pre;                 ///< tokenizer.ggml.pre: "qwen2" ...
  std::vector<std::string_view> tokens; ///< in the byte alphabet, all different
  /// QWEN_TOKEN_*, one a token. What ends a generation should be a control token
  /// even where the file says otherwise: else any text can end a message.
  std::vector<int32_t> types;
  std::vector<std::string_view> merges; ///< "left right", best first
  int32_t bos = -1, eos = -1, eot = -1; ///< -1: none
  std::vector<int32_t> endTokens;       ///< what ends a generation, any order
  bool addBos = false, addEos = false;
  std::string_view modelName;
  std::optional<std::string_view> chatTemplate; ///< Jinja
};

/// The image, the same bytes for the same input. Fails, with a message that
/// names the metadata key or token, on a pre-tokenizer that we do not know, on
/// arrays that do not fit together and on merges of what is no token.
Result<std::vector<uint8_t>> buildTokenizerImage(const TokenizerInput &input);

} // namespace qwenc
#endif
