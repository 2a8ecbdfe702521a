//===- tests/unit/runtime/tokenizer/TestVocabulary.h ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The small vocabularies of tests/testdata/tokenizer as images.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TESTS_UNIT_RUNTIME_TOKENIZER_TESTVOCABULARY_H
#define QWENC_TESTS_UNIT_RUNTIME_TOKENIZER_TESTVOCABULARY_H

#include "codegen/image/TokenizerSection.h"
#include "runtime/tokenizer/Tokenizer.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace qwenc::test {

/// A JSON file of tests/testdata/tokenizer.
nlohmann::json readTestJson(const std::string &name);
/// Any file there.
std::string readTestText(const std::string &name);

/// A vocabulary and what can be made of it. Change `input` before building.
struct TestVocabulary {
  /// "qwen2" or "smollm2"
  explicit TestVocabulary(const std::string &name);

  std::vector<uint8_t> build() const;

  nlohmann::json json; ///< owns the texts
  TokenizerInput input;
};

/// A tokenizer with the image it views.
struct TestTokenizer {
  explicit TestTokenizer(const TestVocabulary &vocabulary)
      : image(vocabulary.build()), tokenizer(*rt::Tokenizer::open(image)) {}

  std::vector<int32_t> encode(std::string_view text, bool parseSpecial = false) const {
    std::vector<int32_t> tokens;
    tokenizer.encode(text, parseSpecial, tokens);
    return tokens;
  }

  std::vector<uint8_t> image;
  rt::Tokenizer tokenizer;
};

} // namespace qwenc::test
#endif
