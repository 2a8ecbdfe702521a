//===- tests/unit/codegen/image/TokenizerSectionTest.cpp ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/image/TokenizerSection.h"

#include "codegen/image/ByteAlphabet.h"
#include "codegen/image/PerfectHash.h"
#include "runtime/abi/TokenizerImage.h"
#include "runtime/tokenizer/Tokenizer.h"

#include <gtest/gtest.h>
#include <set>

using namespace qwenc;

namespace {

/// a, b, c, the space and one merge.
TokenizerInput smallInput() {
  TokenizerInput input;
  input.pre = "qwen2";
  input.tokens = {"a", "b", "c", "\u0120", "ab", "<|im_end|>", "<0x41>", "\u4e2d"};
  input.types = {1, 1, 1, 1, 1, QWEN_TOKEN_CONTROL, QWEN_TOKEN_BYTE, 1};
  input.merges = {"a b"};
  input.eos = 5;
  input.endTokens = {5};
  input.modelName = "m";
  return input;
}

std::string errorOf(const TokenizerInput &input) {
  auto image = buildTokenizerImage(input);
  return image ? "" : image.error();
}

TEST(TokenizerSection, WritesWhatTokensStandFor) {
  auto image = buildTokenizerImage(smallInput());
  ASSERT_TRUE(image) << image.error();
  auto tokenizer = rt::Tokenizer::open(*image);
  ASSERT_TRUE(tokenizer) << tokenizer.error();
  EXPECT_EQ(tokenizer->decode(3), " ");
  EXPECT_EQ(tokenizer->decode(5), "<|im_end|>");
  EXPECT_EQ(tokenizer->decode(6), "A");
  EXPECT_EQ(tokenizer->decode(7), "\u4e2d"); // no bytes are spelled like this
  EXPECT_EQ(tokenizer->modelName(), "m");
  EXPECT_EQ(tokenizer->eos(), 5);
  EXPECT_EQ(tokenizer->bos(), -1);
  std::vector<int32_t> tokens;
  tokenizer->encode("cab d", false, tokens); // d has no token
  EXPECT_EQ(tokens, (std::vector<int32_t>{2, 4, 3}));
}

TEST(TokenizerSection, IsReproducible) {
  EXPECT_EQ(*buildTokenizerImage(smallInput()), *buildTokenizerImage(smallInput()));
}

TEST(TokenizerSection, EarlierOfTwoEqualMergesCounts) {
  TokenizerInput input = smallInput();
  input.tokens.insert(input.tokens.end(), {"bc"});
  input.types.push_back(1);
  input.merges = {"a b", "b c", "a b"};
  auto image = buildTokenizerImage(input);
  ASSERT_TRUE(image);
  std::vector<int32_t> tokens;
  rt::Tokenizer::open(*image)->encode("abc", false, tokens);
  EXPECT_EQ(tokens, (std::vector<int32_t>{4, 2}));
}

TEST(TokenizerSection, NamesWhatIsWrong) {
  TokenizerInput input = smallInput();
  input.pre = "deepseek-llm";
  EXPECT_EQ(errorOf(input), "tokenizer.ggml.pre: unknown pre-tokenizer 'deepseek-llm'; supported "
                            "are gpt-2, llama-bpe, qwen2, smollm");
  input = smallInput();
  input.tokens.clear();
  EXPECT_NE(errorOf(input).find("tokenizer.ggml.tokens: 0 tokens"), std::string::npos);
  input = smallInput();
  input.types.pop_back();
  EXPECT_EQ(errorOf(input), "tokenizer.ggml.token_type: 7 types for 8 tokens");
  input = smallInput();
  input.merges = {"a b", "a"};
  EXPECT_EQ(errorOf(input),
            "tokenizer.ggml.merges: entry 1, 'a', is not two tokens with a space between them");
  for (std::string_view merge : {"a x", "x a", "b a", "a ", " a", "a b "}) {
    input.merges = {merge};
    EXPECT_NE(errorOf(input).find("tokenizer.ggml.merges: entry 0"), std::string::npos) << merge;
  }
  input = smallInput();
  input.bos = 8;
  EXPECT_EQ(errorOf(input), "tokenizer.ggml.bos_token_id: token 8 of a vocabulary of 8");
  input = smallInput();
  input.endTokens = {-1};
  EXPECT_EQ(errorOf(input), "end-of-generation token -1 of a vocabulary of 8");
}

TEST(ByteAlphabet, SpellsEveryByte) {
  ByteAlphabet alphabet;
  std::set<std::string> letters;
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string bytes;
    letters.insert(alphabet.letter(static_cast<uint8_t>(byte)));
    EXPECT_TRUE(alphabet.decode(alphabet.letter(static_cast<uint8_t>(byte)), bytes));
    EXPECT_EQ(bytes, std::string(1, static_cast<char>(byte)));
  }
  EXPECT_EQ(letters.size(), 256u);
  EXPECT_EQ(alphabet.letter(' '), "\u0120");
  EXPECT_EQ(alphabet.letter('\n'), "\u010a");
  EXPECT_EQ(alphabet.letter(0xAD), "\u0143");
  std::string kept = "x";
  EXPECT_FALSE(alphabet.decode("ab\u4e2d", kept));
  EXPECT_EQ(kept, "x");
}

TEST(PerfectHash, PlacesEveryKey) {
  for (size_t count : {0, 1, 2, 5, 1000, 200000}) {
    std::vector<uint64_t> hashes;
    for (size_t i = 0; i < count; ++i)
      hashes.push_back(qwen_mix64(i + 1));
    PerfectHash table;
    ASSERT_TRUE(buildPerfectHash(hashes, table));
    auto buckets = static_cast<uint32_t>(table.displacements.size());
    auto slots = static_cast<uint32_t>(table.keyOfSlot.size());
    EXPECT_LE(slots, count + count / 8 + 1);
    for (size_t i = 0; i < count; ++i) {
      uint32_t displacement = table.displacements[qwen_hash_bucket(hashes[i], buckets)];
      ASSERT_EQ(table.keyOfSlot[qwen_hash_slot(hashes[i], displacement, slots)],
                static_cast<int32_t>(i));
    }
  }
}

TEST(PerfectHash, EqualHashesHaveNoPlace) {
  PerfectHash table;
  std::vector<uint64_t> hashes{7, 7};
  EXPECT_FALSE(buildPerfectHash(hashes, table));
}

} // namespace
