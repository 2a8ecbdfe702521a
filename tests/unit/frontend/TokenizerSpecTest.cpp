//===- tests/unit/frontend/TokenizerSpecTest.cpp --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/TokenizerSpec.h"

#include "tests/unit/frontend/GGUFBuilder.h"

#include <gtest/gtest.h>

using namespace qwenc;
using Texts = std::vector<std::string>;

namespace {

/// Reads a tokenizer and keeps the bytes that it points into.
class TokenizerSpecs : public testing::Test {
protected:
  TokenizerSpecs() : builder(tinyModel("qwen2")) {}

  llvm::Expected<TokenizerSpec> read() {
    bytes = builder.build();
    auto file = gguf::readFile("f.gguf", bytes);
    if (!file)
      return file.takeError();
    return readTokenizerSpec(*file);
  }
  TokenizerSpec readWell() {
    auto spec = read();
    if (spec)
      return std::move(*spec);
    ADD_FAILURE() << llvm::toString(spec.takeError());
    std::abort();
  }
  /// The error, from "metadata" on, with the offset taken out.
  std::string error() {
    auto spec = read();
    if (spec)
      return "no error";
    std::string text = llvm::toString(spec.takeError());
    size_t at = text.find(" at offset ");
    if (at != std::string::npos)
      text.erase(at, text.find(':', at) - at);
    return text.substr(text.find("metadata"));
  }

  GGUFBuilder builder;
  Bytes bytes;
};

TEST_F(TokenizerSpecs, ReadsWhatIsThere) {
  builder.set("tokenizer.ggml.padding_token_id", 0);
  builder.set("tokenizer.chat_template", "{{ messages }}");
  TokenizerSpec spec = readWell();
  EXPECT_EQ(spec.pre, PreTokenizer::Qwen2);
  EXPECT_FALSE(spec.ignoreMerges);
  ASSERT_EQ(spec.tokens.size(), 8u);
  EXPECT_EQ(spec.tokens[5], "abc");
  ASSERT_EQ(spec.types.size(), 8u);
  EXPECT_EQ(spec.types[5], TokenType::Normal);
  EXPECT_EQ(spec.types[7], TokenType::Control);
  EXPECT_EQ(spec.merges, (std::vector<llvm::StringRef>{"a b", "b c", "ab c"}));
  EXPECT_EQ(spec.bos, 6u);
  EXPECT_EQ(spec.eos, 7u);
  EXPECT_EQ(spec.pad, 0u);
  EXPECT_EQ(spec.unk, std::nullopt);
  EXPECT_EQ(spec.endOfGeneration, std::vector<uint32_t>{7});
  EXPECT_FALSE(spec.addBos);
  EXPECT_FALSE(spec.addEos);
  EXPECT_EQ(spec.chatTemplate, "{{ messages }}");
}

TEST_F(TokenizerSpecs, PreTokenizersHaveManyNames) {
  struct {
    const char *name;
    PreTokenizer pre;
  } names[] = {{"qwen2", PreTokenizer::Qwen2},     {"deepseek-r1-qwen", PreTokenizer::Qwen2},
               {"smollm", PreTokenizer::SmolLM},   {"gpt-2", PreTokenizer::GPT2},
               {"phi-2", PreTokenizer::GPT2},      {"llama-bpe", PreTokenizer::LlamaBPE},
               {"llama3", PreTokenizer::LlamaBPE}, {"llama-v3", PreTokenizer::LlamaBPE}};
  for (auto &test : names) {
    builder.set("tokenizer.ggml.pre", test.name);
    EXPECT_EQ(readWell().pre, test.pre) << test.name;
  }
  builder.set("tokenizer.ggml.pre", "tekken");
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.pre': pre-tokenizer 'tekken' is not supported "
                     "(qwen2, smollm, gpt-2 and llama-bpe are)");
  builder.remove("tokenizer.ggml.pre");
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.pre': missing, expected a string");
  // Files of the first Qwen are older than the key.
  builder.set("general.architecture", "qwen");
  EXPECT_EQ(readWell().pre, PreTokenizer::Qwen2);
  builder.set("general.architecture", "qwen2");
}

TEST_F(TokenizerSpecs, LlamaBpeIgnoresMergesAndAddsBosUnlessToldOtherwise) {
  builder.set("tokenizer.ggml.pre", "llama-bpe");
  EXPECT_TRUE(readWell().ignoreMerges);
  EXPECT_FALSE(readWell().addBos); // the file says no
  builder.remove("tokenizer.ggml.add_bos_token");
  EXPECT_TRUE(readWell().addBos);
  builder.remove("tokenizer.ggml.bos_token_id");
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.bos_token_id': missing, but the tokenizer adds "
                     "this token to every text");
}

TEST_F(TokenizerSpecs, OtherModelsAreRefused) {
  builder.set("tokenizer.ggml.model", "llama");
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.model': tokenizer 'llama' is not supported "
                     "('gpt2', byte-level BPE, is)");
}

TEST_F(TokenizerSpecs, TokensMustDiffer) {
  builder.set("tokenizer.ggml.tokens",
              EncodedValue::strings({"a", "b", "c", "d", "e", "b", "x", "y"}));
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.tokens': tokens 1 and 5 are both 'b'");
  builder.set("tokenizer.ggml.tokens",
              EncodedValue::strings({"a", "b", "c", "d", "", "f", "x", "y"}));
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.tokens': token 4 is empty");
  builder.set("tokenizer.ggml.tokens", EncodedValue::strings({}));
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.tokens': 0 tokens, expected 1 to 2^24");
}

TEST_F(TokenizerSpecs, TypesMustFitTheTokens) {
  builder.set("tokenizer.ggml.token_type", EncodedValue::integers({1, 1, 1}));
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.token_type': 3 types for 8 tokens");
  builder.set("tokenizer.ggml.token_type", EncodedValue::integers({1, 1, 1, 1, 1, 7, 3, 3}));
  EXPECT_EQ(error(), "metadata 'tokenizer.ggml.token_type': token 5 has the unknown type 7");
  builder.remove("tokenizer.ggml.token_type");
  EXPECT_EQ(readWell().types[0], TokenType::Normal);
}

TEST_F(TokenizerSpecs, MergesAreTwoTexts) {
  for (const char *merge : {"ab", "", " ", "a ", " a"}) {
    builder.set("tokenizer.ggml.merges", EncodedValue::strings({"a b", merge}));
    EXPECT_EQ(error(), std::string("metadata 'tokenizer.ggml.merges': merge 1 ('") + merge +
                           "') is not two texts with a space between");
  }
}

TEST_F(TokenizerSpecs, NumbersOfTokensMustBeTokens) {
  for (const char *name : {"bos", "eos", "eot", "padding", "unknown"}) {
    builder = tinyModel("qwen2");
    std::string key = std::string("tokenizer.ggml.") + name + "_token_id";
    builder.set(key, 8);
    EXPECT_EQ(error(), "metadata '" + key + "': token 8 is none of the 8 tokens");
  }
}

TEST_F(TokenizerSpecs, EndsAreFoundByTextToo) {
  builder.set("tokenizer.ggml.tokens",
              EncodedValue::strings({"<|endoftext|>", "b", "c", "<|im_end|>", "<|fim_pad|>",
                                     "<|fim_prefix|>", "<|im_start|>", "y"}));
  builder.set("tokenizer.ggml.token_type", EncodedValue::integers({3, 1, 1, 1, 1, 1, 3, 1}));
  builder.set("tokenizer.ggml.eos_token_id", 7);
  TokenizerSpec spec = readWell();
  EXPECT_EQ(spec.endOfGeneration, (std::vector<uint32_t>{0, 3, 4, 7}));
  // What looks like a control token is one, in spite of its type.
  for (unsigned control : {3u, 4u, 5u})
    EXPECT_EQ(spec.types[control], TokenType::Control) << control;
  EXPECT_EQ(spec.types[1], TokenType::Normal);
}

TEST_F(TokenizerSpecs, AnEmptyTemplateIsNone) {
  builder.set("tokenizer.chat_template", "");
  EXPECT_EQ(readWell().chatTemplate, std::nullopt);
}

} // namespace
