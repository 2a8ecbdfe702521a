//===- tests/unit/runtime/tokenizer/PreTokenizerTest.cpp ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/PreTokenizer.h"

#include "runtime/abi/TokenizerImage.h"

#include <gtest/gtest.h>
#include <vector>

using namespace qwenc::rt;
using Words = std::vector<std::string_view>;

namespace {

Words cut(uint32_t kind, std::string_view text) {
  PreTokenizer pre(kind, text);
  Words words;
  for (std::string_view word; pre.next(word);)
    words.push_back(word);
  return words;
}

TEST(PreTokenizer, Gpt2) {
  EXPECT_EQ(cut(QWEN_PRE_GPT2, "We'll go  to 1999's x"),
            (Words{"We", "'ll", " go", " ", " to", " 1999", "'s", " x"}));
  EXPECT_EQ(cut(QWEN_PRE_GPT2, "WE'LL!?\n\n a"), (Words{"WE", "'", "LL", "!?", "\n\n", " a"}));
  EXPECT_EQ(cut(QWEN_PRE_GPT2, "a \n"), (Words{"a", " \n"}));
  EXPECT_EQ(cut(QWEN_PRE_GPT2, ""), Words{});
}

TEST(PreTokenizer, SmollmCutsDigitsFirst) {
  EXPECT_EQ(cut(QWEN_PRE_SMOLLM, "a 12b"), (Words{"a", " ", "1", "2", "b"}));
  // White space before a digit ends its piece: no (?!\S) across pieces.
  EXPECT_EQ(cut(QWEN_PRE_SMOLLM, "a   1   b"), (Words{"a", "   ", "1", "  ", " b"}));
  EXPECT_EQ(cut(QWEN_PRE_SMOLLM, "7"), Words{"7"});
  EXPECT_EQ(cut(QWEN_PRE_SMOLLM, "it'1s's"), (Words{"it", "'", "1", "s", "'s"}));
}

TEST(PreTokenizer, Qwen2) {
  EXPECT_EQ(cut(QWEN_PRE_QWEN2, "I'M 123 $x\tfoo_bar"),
            (Words{"I", "'M", " ", "1", "2", "3", " $", "x", "\tfoo", "_bar"}));
  EXPECT_EQ(cut(QWEN_PRE_QWEN2, "a!\n\n  \n b  c "),
            (Words{"a", "!\n\n", "  \n", " b", " ", " c", " "}));
  EXPECT_EQ(cut(QWEN_PRE_QWEN2, "x \r\n\r\n"), (Words{"x", " \r\n\r\n"}));
  EXPECT_EQ(cut(QWEN_PRE_QWEN2, "\u4f60\u597d\uff0c\u4e16\u754c"),
            (Words{"\u4f60\u597d", "\uff0c\u4e16\u754c"}));
}

TEST(PreTokenizer, LlamaBpeTakesThreeDigits) {
  EXPECT_EQ(cut(QWEN_PRE_LLAMA_BPE, "1234567 12"), (Words{"123", "456", "7", " ", "12"}));
}

TEST(PreTokenizer, ContractionsAreAsciiOnly) {
  // U+017F folds to s, U+212A to k; neither counts.
  EXPECT_EQ(cut(QWEN_PRE_QWEN2, "x'\u017f"), (Words{"x", "'\u017f"}));
  EXPECT_EQ(cut(QWEN_PRE_QWEN2, "x's"), (Words{"x", "'s"}));
}

TEST(MakeDecodable, KeepsWhatIsWellFormed) {
  std::string storage, text = "a\u00e9\U0001F600";
  EXPECT_EQ(makeDecodable(text, storage).data(), text.data());
}

TEST(MakeDecodable, ReplacesByteByByte) {
  std::string storage;
  EXPECT_EQ(makeDecodable("a\xff\xc3 b", storage), "a\ufffd\ufffd b");
  EXPECT_EQ(makeDecodable("\xe4\xbd", storage), "\ufffd\ufffd");
  EXPECT_EQ(makeDecodable("\xf4\x90\x80\x80", storage), "\ufffd\ufffd\ufffd\ufffd");
  EXPECT_EQ(makeDecodable("\xc1\xa1", storage), "a");                // overlong
  EXPECT_EQ(makeDecodable("\xed\xa0\x80", storage), "\xed\xa0\x80"); // surrogate
}

} // namespace
