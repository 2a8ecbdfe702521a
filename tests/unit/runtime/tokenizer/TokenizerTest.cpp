//===- tests/unit/runtime/tokenizer/TokenizerTest.cpp ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "TestVocabulary.h"

#include <chrono>
#include <gtest/gtest.h>

using namespace qwenc;
using namespace qwenc::test;
using Tokens = std::vector<int32_t>;

namespace {

std::string textOf(const nlohmann::json &entry) {
  if (entry.contains("text"))
    return entry["text"];
  std::string hex = entry["hex"], bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

struct Reference {
  const char *pre, *vocabulary;
};
class AgainstLlamaCpp : public testing::TestWithParam<Reference> {};

TEST_P(AgainstLlamaCpp, EveryTokenIsTheSame) {
  TestVocabulary vocabulary(GetParam().vocabulary);
  vocabulary.input.pre = GetParam().pre;
  TestTokenizer tokenizer(vocabulary);
  nlohmann::json cases = readTestJson(std::string("tokens-") + GetParam().pre + ".json");
  ASSERT_GT(cases.size(), 200u);
  for (const auto &entry : cases) {
    std::string text = textOf(entry);
    EXPECT_EQ(tokenizer.encode(text, entry["special"]), entry["tokens"].get<Tokens>())
        << entry.dump();
  }
}

INSTANTIATE_TEST_SUITE_P(Pre, AgainstLlamaCpp,
                         testing::Values(Reference{"qwen2", "qwen2"}, Reference{"gpt-2", "qwen2"},
                                         Reference{"smollm", "smollm2"},
                                         Reference{"llama-bpe", "smollm2"}),
                         [](const auto &info) {
                           std::string name = info.param.pre;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Tokenizer, TextComesBack) {
  TestTokenizer qwen2{TestVocabulary("qwen2")};
  for (const auto &entry : readTestJson("tokens-qwen2.json"))
    if (entry.contains("text")) {
      std::string text = entry["text"];
      for (bool special : {false, true})
        EXPECT_EQ(qwen2.tokenizer.decode(qwen2.encode(text, special)), text);
    }
}

TEST(Tokenizer, ControlTokensInTextStayText) {
  TestTokenizer qwen2{TestVocabulary("qwen2")};
  int32_t end = qwen2.tokenizer.findSpecial("<|im_end|>");
  ASSERT_GE(end, 0);
  Tokens plain = qwen2.encode("a<|im_end|>b"), parsed = qwen2.encode("a<|im_end|>b", true);
  EXPECT_EQ(std::count(plain.begin(), plain.end(), end), 0);
  EXPECT_EQ(std::count(parsed.begin(), parsed.end(), end), 1);
  EXPECT_EQ(qwen2.tokenizer.decode(parsed), "a<|im_end|>b");
  EXPECT_EQ(qwen2.tokenizer.decode(parsed, /*keepControl=*/false), "ab");
}

TEST(Tokenizer, LongestSpecialTokenWins) {
  TestVocabulary vocabulary("qwen2");
  auto add = [&](std::string_view text, int type) {
    vocabulary.input.tokens.push_back(text);
    vocabulary.input.types.push_back(type);
    return static_cast<int32_t>(vocabulary.input.tokens.size() - 1);
  };
  int32_t shorter = add("<abc", QWEN_TOKEN_USER_DEFINED);
  int32_t longer = add("bc-de", QWEN_TOKEN_USER_DEFINED);
  int32_t longest = add("<abc><x>", QWEN_TOKEN_CONTROL);
  TestTokenizer tokenizer(vocabulary);
  int32_t less = tokenizer.encode("<")[0], a = tokenizer.encode("a")[0];
  EXPECT_EQ(tokenizer.encode("<abc"), Tokens{shorter});
  EXPECT_EQ(tokenizer.encode("<abc-de"), (Tokens{less, a, longer})); // later, but longer
  EXPECT_EQ(tokenizer.encode("<abc<abc"), (Tokens{shorter, shorter}));
  EXPECT_EQ(tokenizer.encode("<abc><x>")[0], shorter);
  EXPECT_EQ(tokenizer.encode("<abc><x>", true), Tokens{longest});
}

TEST(Tokenizer, AnswersAboutTokens) {
  TestTokenizer smollm{TestVocabulary("smollm2")};
  const rt::Tokenizer &tokenizer = smollm.tokenizer;
  int32_t end = tokenizer.findSpecial("<|im_end|>"), text = smollm.encode("a")[0];
  EXPECT_TRUE(tokenizer.isControl(end));
  EXPECT_TRUE(tokenizer.isEndOfGeneration(end));
  EXPECT_TRUE(tokenizer.isEndOfGeneration(tokenizer.findSpecial("<|endoftext|>")));
  EXPECT_FALSE(tokenizer.isEndOfGeneration(tokenizer.findSpecial("<|im_start|>")));
  EXPECT_FALSE(tokenizer.isControl(text));
  EXPECT_FALSE(tokenizer.isEndOfGeneration(text));
  EXPECT_EQ(tokenizer.decode(text), "a");
  EXPECT_EQ(tokenizer.decode(smollm.encode(" ")[0]), " ");
  for (int32_t outside : {-1, tokenizer.vocabSize(), INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(tokenizer.decode(outside), "");
    EXPECT_FALSE(tokenizer.isControl(outside));
  }
  EXPECT_EQ(tokenizer.findSpecial("a"), -1);
  EXPECT_EQ(tokenizer.findSpecial(""), -1);
  EXPECT_FALSE(tokenizer.addsBos());
}

TEST(Tokenizer, BosOnlyWhereThereIsOne) {
  TestVocabulary vocabulary("smollm2");
  vocabulary.input.addBos = true;
  EXPECT_TRUE(TestTokenizer(vocabulary).tokenizer.addsBos());
  vocabulary.input.bos = -1;
  EXPECT_FALSE(TestTokenizer(vocabulary).tokenizer.addsBos());
}

TEST(Tokenizer, LongWordsTakeNoLongerPerByte) {
  TestTokenizer qwen2{TestVocabulary("qwen2")};
  auto seconds = [&](const std::string &text) {
    auto begin = std::chrono::steady_clock::now();
    std::string back = qwen2.tokenizer.decode(qwen2.encode(text));
    std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(back, text);
    return taken.count();
  };
  // A quadratic algorithm would need minutes; 30 s leaves room for sanitizers.
  std::string letters, specials;
  for (unsigned i = 0, x = 1; i < (1u << 20); ++i, x = x * 1664525 + 1013904223)
    letters.push_back(static_cast<char>('a' + (x >> 16) % 26));
  for (unsigned i = 0; i < (1u << 16); ++i)
    specials += "<|im_end|";
  for (const std::string &text : {std::string(1u << 20, 'a'), std::string(1u << 20, ' '), letters,
                                  std::string(1u << 20, '<'), specials})
    EXPECT_LT(seconds(text), 30.0);
}

} // namespace
