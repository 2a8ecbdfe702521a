//===- frontend/TokenizerSpec.h - the tokenizer that a file describes -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_TOKENIZERSPEC_H
#define QWENC_FRONTEND_TOKENIZERSPEC_H

#include "frontend/gguf/GGUFReader.h"

#include <optional>
#include <vector>

namespace qwenc {

/// How text is cut into words before byte-pair encoding.
enum class PreTokenizer { Qwen2, SmolLM, GPT2, LlamaBPE };

/// "qwen2", "smollm", "gpt-2", "llama-bpe"
const char *preTokenizerName(PreTokenizer pre);

/// GGUF's tokenizer.ggml.token_type.
enum class TokenType : int32_t {
  Undefined = 0,
  Normal = 1,
  Unknown = 2,
  Control = 3,
  UserDefined = 4,
  Unused = 5,
  Byte = 6,
};

/// Byte-level BPE (GPT-2's alphabet). Texts are views into the mapped file.
struct TokenizerSpec {
  PreTokenizer pre;
  /// A word that is a token as a whole is that token, whatever the merges say.
  bool ignoreMerges;
  std::vector<llvm::StringRef> tokens;             // [vocab], all different, well-formed UTF-8
  std::vector<TokenType> types;                    // [vocab]
  std::vector<llvm::StringRef> merges;             // "left right", best first
  std::optional<uint32_t> bos, eos, eot, pad, unk; // each < vocab
  /// Tokens that end an answer: eos, eot, and the ones known by their text, as
  /// llama.cpp finds them. Ascending.
  std::vector<uint32_t> endOfGeneration;
  bool addBos, addEos;
  std::optional<llvm::StringRef> chatTemplate; // Jinja
};

/// Reads and checks tokenizer.*; needs no tensors (vocabulary-only files work).
llvm::Expected<TokenizerSpec> readTokenizerSpec(const gguf::File &file);

} // namespace qwenc
#endif
