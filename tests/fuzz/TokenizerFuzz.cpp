//===- tests/fuzz/TokenizerFuzz.cpp - any bytes through the tokenizer -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first byte of an input chooses what the others are: text for one of the
// pre-tokenizers, a chat message, a chat template, or damage to an image.
//===----------------------------------------------------------------------===//
#include "codegen/image/ByteAlphabet.h"
#include "codegen/image/ChatTemplateKind.h"
#include "codegen/image/TokenizerSection.h"
#include "runtime/chat/ChatTemplate.h"
#include "runtime/tokenizer/PreTokenizer.h"
#include "runtime/tokenizer/StreamDecoder.h"
#include "support/Utf8.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace qwenc;

namespace {

void require(bool truth) {
  if (!truth)
    std::abort();
}

/// All bytes, some merges that nest and overlap, special tokens that overlap.
std::vector<uint8_t> makeImage(const char *pre) {
  ByteAlphabet alphabet;
  std::vector<std::string> tokens, merges;
  std::vector<int32_t> types;
  for (unsigned byte = 0; byte < 256; ++byte)
    tokens.push_back(alphabet.letter(static_cast<uint8_t>(byte)));
  auto merge = [&](std::string_view left, std::string_view right) {
    std::string spelled[2];
    for (unsigned char c : left)
      spelled[0] += alphabet.letter(c);
    for (unsigned char c : right)
      spelled[1] += alphabet.letter(c);
    merges.push_back(spelled[0] + " " + spelled[1]);
    tokens.push_back(spelled[0] + spelled[1]);
  };
  for (auto [left, right] :
       {std::pair{" ", "t"},  {"h", "e"},       {" t", "he"},         {"a", "a"},
        {"aa", "a"},          {"a", "b"},       {"ab", "ab"},         {"b", "a"},
        {" ", " "},           {"  ", "  "},     {"\n", "\n"},         {"\xe4", "\xb8"},
        {"\xe4\xb8", "\xad"}, {"\xf0", "\x9f"}, {"\xf0\x9f", "\x98"}, {"1", "2"},
        {"<", "|"},           {"i", "m"},       {"im", "_"},          {"'", "s"}})
    merge(left, right);
  types.assign(tokens.size(), QWEN_TOKEN_NORMAL);
  for (const char *special : {"<|im_start|>", "<|im_end|>", "<|im_", "|>", "_end|><|im"}) {
    tokens.push_back(special);
    types.push_back(QWEN_TOKEN_CONTROL);
  }
  for (const char *special : {"<think>", "</think>", "ink><", "  x"}) {
    tokens.push_back(special);
    types.push_back(QWEN_TOKEN_USER_DEFINED);
  }
  TokenizerInput input;
  input.pre = pre;
  input.tokens.assign(tokens.begin(), tokens.end());
  input.types = types;
  input.merges.assign(merges.begin(), merges.end());
  Result<std::vector<uint8_t>> image = buildTokenizerImage(input);
  require(static_cast<bool>(image));
  return std::move(*image);
}

struct Fixture {
  std::vector<uint8_t> image;
  rt::Tokenizer tokenizer;
  explicit Fixture(const char *pre)
      : image(makeImage(pre)), tokenizer(*rt::Tokenizer::open(image)) {}
};

const Fixture &fixture(unsigned index) {
  static const Fixture fixtures[] = {Fixture("qwen2"), Fixture("gpt-2"), Fixture("smollm"),
                                     Fixture("llama-bpe")};
  return fixtures[index % 4];
}

/// Tokens give back the text; the stream decoder does not depend on its cuts.
void checkText(const rt::Tokenizer &tokenizer, std::string_view text, bool parseSpecial) {
  std::vector<int32_t> tokens;
  tokenizer.encode(text, parseSpecial, tokens);
  std::string storage, back = tokenizer.decode(tokens);
  std::string_view readable = rt::makeDecodable(text, storage);
  require(back == readable);
  if (isValidUtf8(text))
    require(back == text);

  rt::PreTokenizer words(tokenizer.view().header().pre, readable);
  std::string joined;
  for (std::string_view word; words.next(word);) {
    require(!word.empty());
    joined += word;
  }
  require(joined == readable);

  std::string streamed, whole;
  rt::StreamDecoder decoder;
  for (int32_t token : tokens) {
    require(token >= 0 && token < tokenizer.vocabSize());
    decoder.feed(tokenizer.decode(token), streamed);
    require(isValidUtf8(streamed));
  }
  decoder.flush(streamed);
  decoder.feed(back, whole);
  decoder.flush(whole);
  require(streamed == whole);
  if (isValidUtf8(back))
    require(streamed == back);
}

/// Nothing that a user writes becomes a control token.
void checkChat(const rt::Tokenizer &tokenizer, std::string_view text, bool thinking) {
  rt::ChatTemplate chat(thinking ? rt::ChatKind::Qwen3 : rt::ChatKind::ChatML, "s");
  std::vector<rt::ChatMessage> messages{{rt::ChatRole::User, std::string(text)},
                                        {rt::ChatRole::Assistant, std::string(text)},
                                        {rt::ChatRole::User, std::string(text)}};
  std::vector<int32_t> tokens;
  chat.encode(tokenizer, messages, thinking, tokens);
  require(std::count(tokens.begin(), tokens.end(), tokenizer.findSpecial("<|im_start|>")) == 5);
  require(std::count(tokens.begin(), tokens.end(), tokenizer.findSpecial("<|im_end|>")) == 4);
  require(std::count(tokens.begin(), tokens.end(), tokenizer.findSpecial("|>")) == 0);
}

/// An image with these bytes over its start, or over its arrays, leads nowhere.
void checkDamage(const Fixture &sound, std::string_view damage, bool header) {
  std::vector<uint8_t> image = sound.image;
  size_t begin = header ? 0 : sizeof(QwenTokenizerImage);
  for (size_t i = 0; i < damage.size() && begin + i * 7 < image.size(); ++i)
    image[begin + (header ? i : i * 7)] ^= static_cast<uint8_t>(damage[i]);
  auto tokenizer = rt::Tokenizer::open(image);
  if (!tokenizer)
    return;
  std::vector<int32_t> tokens;
  tokenizer->encode("<|im_start|> the aab 12 \xe4\xb8\xad <think>\n\n", true, tokens);
  (void)tokenizer->decode(tokens);
  (void)tokenizer->findSpecial("<|im_end|>");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const unsigned choice = data[0];
  std::string_view rest(reinterpret_cast<const char *>(data + 1), size - 1);
  const Fixture &chosen = fixture(choice);
  const bool flag = choice & 4;
  switch (choice >> 3 & 7) {
  default:
    checkText(chosen.tokenizer, rest, flag);
    break;
  case 5:
    checkChat(chosen.tokenizer, rest, flag);
    break;
  case 6:
    (void)recognizeChatTemplate(rest);
    break;
  case 7:
    checkDamage(chosen, rest, flag);
    break;
  }
  return 0;
}
