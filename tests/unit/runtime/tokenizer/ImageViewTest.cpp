//===- tests/unit/runtime/tokenizer/ImageViewTest.cpp ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "TestVocabulary.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace qwenc;
using namespace qwenc::test;

namespace {

class ImageViews : public testing::Test {
protected:
  ImageViews() : image(TestVocabulary("smollm2").build()) {}

  QwenTokenizerImage header() const {
    QwenTokenizerImage copy;
    std::memcpy(&copy, image.data(), sizeof copy);
    return copy;
  }
  /// The error after changing the header, "" if it opens.
  template <typename Change> std::string error(Change change) {
    QwenTokenizerImage changed = header();
    change(changed);
    std::vector<uint8_t> bytes = image;
    std::memcpy(bytes.data(), &changed, sizeof changed);
    auto view = rt::ImageView::open(bytes);
    return view ? "" : view.error();
  }

  std::vector<uint8_t> image;
};

TEST_F(ImageViews, OpensAndFinds) {
  auto view = rt::ImageView::open(image);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->bytes(view->findWord("the")), "the");
  EXPECT_EQ(view->findWord("<|im_end|>"), -1); // special, not a word
  EXPECT_EQ(view->findWord(""), -1);
  EXPECT_EQ(view->findWord("no such word"), -1);
  int32_t t = view->byteToken('t'), h = view->byteToken('h');
  const QwenMerge *merge = view->findMerge(t, h);
  ASSERT_NE(merge, nullptr);
  EXPECT_EQ(view->bytes(merge->merged), "th");
  EXPECT_EQ(view->findMerge(h, h), nullptr);
  EXPECT_EQ(view->findMerge(-1, -1), nullptr); // what empty slots hold
}

TEST_F(ImageViews, FindsEveryMergeAndWord) {
  TestVocabulary vocabulary("smollm2");
  auto view = rt::ImageView::open(image);
  ASSERT_TRUE(view);
  for (int32_t token = 0; token < view->vocabSize(); ++token) {
    if (view->type(token) == QWEN_TOKEN_NORMAL)
      EXPECT_EQ(view->findWord(view->bytes(token)), token);
    else
      EXPECT_EQ(view->findSpecial(view->bytes(token)), token);
  }
  auto slots = reinterpret_cast<const QwenMerge *>(image.data() + header().merges.offset);
  size_t merges = 0;
  for (uint32_t i = 0; i < header().merges.count; ++i)
    if (slots[i].left >= 0) {
      EXPECT_EQ(view->findMerge(slots[i].left, slots[i].right), &slots[i]);
      ++merges;
    }
  EXPECT_EQ(merges, vocabulary.input.merges.size());
}

TEST_F(ImageViews, RefusesWhatIsNotAnImage) {
  EXPECT_FALSE(rt::ImageView::open({}));
  for (size_t bytes :
       {size_t{1}, sizeof(QwenTokenizerImage) - 1, sizeof(QwenTokenizerImage), image.size() - 1}) {
    std::span<const uint8_t> part(image.data(), bytes);
    EXPECT_FALSE(rt::ImageView::open(part)) << bytes;
  }
  std::vector<uint8_t> moved(image.size() + 1);
  std::copy(image.begin(), image.end(), moved.begin() + 1);
  auto view = rt::ImageView::open(std::span(moved).subspan(1));
  ASSERT_FALSE(view);
  EXPECT_NE(view.error().find("aligned"), std::string::npos);
}

TEST_F(ImageViews, ChecksEachFieldOfTheHeader) {
  auto has = [](const std::string &text, const char *part) {
    return text.find(part) != text.npos && text.find("compile the model again") != text.npos;
  };
  EXPECT_EQ(error([](auto &) {}), "");
  EXPECT_TRUE(has(error([](auto &h) { h.magic[0] = 'X'; }), "missing or damaged"));
  EXPECT_TRUE(has(error([](auto &h) { ++h.version; }), "another version"));
  EXPECT_TRUE(has(error([](auto &h) { ++h.header_bytes; }), "another version"));
  EXPECT_TRUE(has(error([](auto &h) { ++h.image_bytes; }), "truncated"));
  EXPECT_TRUE(has(error([](auto &h) { h.vocab = 0; }), "number of tokens"));
  EXPECT_TRUE(has(error([](auto &h) { h.vocab = UINT32_MAX; }), "number of tokens"));
  EXPECT_TRUE(has(error([](auto &h) { ++h.vocab; }), "wrong length"));
  EXPECT_TRUE(has(error([](auto &h) { h.pre = 99; }), "pre-tokenizer"));
  EXPECT_TRUE(has(error([](auto &h) { h.chat = 99; }), "chat template"));
  EXPECT_TRUE(has(error([](auto &h) { h.token_bytes.count = UINT32_MAX; }), "outside"));
  EXPECT_TRUE(has(error([](auto &h) { h.merges.count = 1u << 31; }), "outside"));
  EXPECT_TRUE(has(error([](auto &h) { h.merges.count = 0; }), "wrong length"));
  EXPECT_TRUE(has(error([](auto &h) { h.word_buckets.count = 0; }), "wrong length"));
  EXPECT_TRUE(has(error([](auto &h) { h.words.offset += 4; }), "outside"));
  EXPECT_TRUE(has(error([](auto &h) { h.model_name.offset = 0xFFFFFFF0u; }), "outside"));
}

TEST_F(ImageViews, DamagedArraysLeadNowhere) {
  // Under a sanitizer this shows that no content leads outside the image.
  unsigned x = 1;
  auto random = [&x] { return (x = x * 1664525 + 1013904223) >> 8; };
  for (int round = 0; round < 200; ++round) {
    std::vector<uint8_t> bytes = image;
    for (int change = 0; change < 400; ++change)
      bytes[sizeof(QwenTokenizerImage) + random() % (bytes.size() - sizeof(QwenTokenizerImage))] =
          static_cast<uint8_t>(random());
    auto tokenizer = rt::Tokenizer::open(bytes);
    ASSERT_TRUE(tokenizer);
    std::vector<int32_t> tokens;
    tokenizer->encode("The quick brown fox <|im_start|>user 123 \u4e2d\n\n", true, tokens);
    (void)tokenizer->decode(tokens);
    (void)tokenizer->findSpecial("<|im_end|>");
  }
}

} // namespace
