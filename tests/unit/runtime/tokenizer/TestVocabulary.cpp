//===- tests/unit/runtime/tokenizer/TestVocabulary.cpp --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "TestVocabulary.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace qwenc::test {

std::string readTestText(const std::string &name) {
  std::ifstream file(std::string(QWENC_TESTDATA "/tokenizer/") + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

nlohmann::json readTestJson(const std::string &name) {
  return nlohmann::json::parse(readTestText(name));
}

TestVocabulary::TestVocabulary(const std::string &name)
    : json(readTestJson("vocab-" + name + ".json")) {
  auto texts = [&](const char *key) {
    std::vector<std::string_view> views;
    for (const auto &text : json[key])
      views.push_back(text.get_ref<const std::string &>());
    return views;
  };
  input.pre = json["pre"].get_ref<const std::string &>();
  input.tokens = texts("tokens");
  input.merges = texts("merges");
  input.types.assign(input.tokens.size(), QWEN_TOKEN_NORMAL);
  for (const auto &[token, type] : json["types"].items())
    input.types[std::stoul(token)] = type;
  auto find = [&](std::string_view text) {
    auto at = std::find(input.tokens.begin(), input.tokens.end(), text);
    return static_cast<int32_t>(at - input.tokens.begin());
  };
  input.bos = input.eos = find("<|im_end|>");
  input.endTokens = {find("<|im_end|>"), find("<|endoftext|>")};
}

std::vector<uint8_t> TestVocabulary::build() const {
  Result<std::vector<uint8_t>> image = buildTokenizerImage(input);
  EXPECT_TRUE(image) << image.error();
  return std::move(*image);
}

} // namespace qwenc::test
