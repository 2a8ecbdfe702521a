//===- codegen/image/TokenizerSection.cpp - writes the tokenizer image ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/image/TokenizerSection.h"

#include "codegen/image/ByteAlphabet.h"
#include "codegen/image/ChatTemplateKind.h"
#include "codegen/image/PerfectHash.h"
#include "runtime/abi/TokenizerImage.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>
#include <unordered_map>

namespace qwenc {
namespace {

constexpr uint32_t MostSeeds = 16; // a second one is hardly ever needed

/// What a tokenizer.ggml.pre stands for. A llama-bpe word that is a token is
/// taken whole: llama.cpp's `ignore_merges`.
struct PreTokenizerRow {
  std::string_view name;
  uint32_t pre;
  uint32_t flags;
};
constexpr PreTokenizerRow PreTokenizers[] = {
    {"gpt-2", QWEN_PRE_GPT2, 0},
    {"llama-bpe", QWEN_PRE_LLAMA_BPE, QWEN_TOKENIZER_IGNORE_MERGES},
    {"qwen2", QWEN_PRE_QWEN2, 0},
    {"smollm", QWEN_PRE_SMOLLM, 0},
};

const PreTokenizerRow *findPreTokenizer(std::string_view name) {
  for (const PreTokenizerRow &row : PreTokenizers)
    if (row.name == name)
      return &row;
  return nullptr;
}

/// Lays arrays one after another behind the header.
class ImageWriter {
public:
  ImageWriter() : bytes(sizeof(QwenTokenizerImage)) {}

  template <typename T> QwenSpan add(const T *elements, size_t count) {
    bytes.resize((bytes.size() + 15) / 16 * 16);
    QwenSpan span{static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(count)};
    bytes.resize(bytes.size() + count * sizeof(T));
    if (count)
      std::memcpy(bytes.data() + span.offset, elements, count * sizeof(T));
    return span;
  }
  template <typename T> QwenSpan add(const std::vector<T> &elements) {
    return add(elements.data(), elements.size());
  }
  QwenSpan add(std::string_view text) { return add(text.data(), text.size()); }

  std::vector<uint8_t> finish(QwenTokenizerImage header) {
    header.image_bytes = bytes.size();
    std::memcpy(bytes.data(), &header, sizeof header);
    return std::move(bytes);
  }

private:
  std::vector<uint8_t> bytes;
};

/// A token's text for messages, cut where it is long.
std::string quoted(std::string_view text) {
  return "'" + std::string(text.substr(0, 60)) + (text.size() > 60 ? "...'" : "'");
}

class TokenizerSection {
public:
  explicit TokenizerSection(const TokenizerInput &input) : input(input) {}

  Result<std::vector<uint8_t>> build();

private:
  Result<void> check() const;
  void decodeTokens();
  void writeSpecials();
  Result<void> readMerges();
  bool writeHashTables(uint32_t seed);
  int32_t tokenOf(std::string_view text) const {
    auto found = tokenBySpelling.find(text);
    return found == tokenBySpelling.end() ? -1 : found->second;
  }

  const TokenizerInput &input;
  ByteAlphabet alphabet;
  QwenTokenizerImage header{};
  ImageWriter image;
  std::vector<uint8_t> types;
  std::vector<std::string> texts;                                ///< what each token stands for
  std::unordered_map<std::string_view, int32_t> tokenBySpelling; ///< as in the file
  std::vector<QwenMerge> merges;
};

Result<void> TokenizerSection::check() const {
  const size_t vocab = input.tokens.size();
  if (vocab == 0 || vocab > (1u << 24))
    return Failure{"tokenizer.ggml.tokens: " + std::to_string(vocab) +
                   " tokens; supported are 1 to 16777216"};
  if (input.types.size() != vocab)
    return Failure{"tokenizer.ggml.token_type: " + std::to_string(input.types.size()) +
                   " types for " + std::to_string(vocab) + " tokens"};
  if (!findPreTokenizer(input.pre)) {
    std::string known;
    for (const PreTokenizerRow &row : PreTokenizers)
      known += (known.empty() ? "" : ", ") + std::string(row.name);
    return Failure{"tokenizer.ggml.pre: unknown pre-tokenizer " + quoted(input.pre) +
                   "; supported are " + known};
  }
  if (input.merges.size() > (1u << 24))
    return Failure{"tokenizer.ggml.merges: " + std::to_string(input.merges.size()) +
                   " merges; supported are up to 16777216"};
  auto checkId = [&](int32_t token, const char *key) -> Result<void> {
    if (token >= -1 && token < static_cast<int64_t>(vocab))
      return {};
    return Failure{std::string("tokenizer.ggml.") + key + ": token " + std::to_string(token) +
                   " of a vocabulary of " + std::to_string(vocab)};
  };
  for (auto [token, key] : {std::pair(input.bos, "bos_token_id"),
                            {input.eos, "eos_token_id"},
                            {input.eot, "eot_token_id"}})
    if (Result<void> result = checkId(token, key); !result)
      return result;
  for (int32_t token : input.endTokens)
    if (token < 0 || !checkId(token, ""))
      return Failure{"end-of-generation token " + std::to_string(token) + " of a vocabulary of " +
                     std::to_string(vocab)};
  uint64_t textBytes = input.chatTemplate.value_or("").size() + input.modelName.size();
  for (std::string_view token : input.tokens)
    textBytes += token.size();
  if (textBytes > (1u << 30))
    return Failure{"tokenizer.ggml.tokens: the tokens are longer than 1 GiB together"};
  return {};
}

bool isSpecial(uint8_t type) {
  return type == QWEN_TOKEN_CONTROL || type == QWEN_TOKEN_UNKNOWN ||
         type == QWEN_TOKEN_USER_DEFINED;
}

/// The value of "<0xNN>", or -1.
int byteOfName(std::string_view text) {
  auto digit = [](char c) { return std::string_view("0123456789ABCDEF").find(c); };
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>' || digit(text[3]) > 15 ||
      digit(text[4]) > 15)
    return -1;
  return static_cast<int>(digit(text[3]) * 16 + digit(text[4]));
}

void TokenizerSection::decodeTokens() {
  texts.resize(input.tokens.size());
  tokenBySpelling.reserve(input.tokens.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    std::string_view spelled = input.tokens[i];
    int byte = types[i] == QWEN_TOKEN_BYTE ? byteOfName(spelled) : -1;
    if (isSpecial(types[i]))
      texts[i] = spelled; // special tokens are spelled as they are
    else if (byte >= 0)
      texts[i].assign(1, static_cast<char>(byte));
    else if (types[i] == QWEN_TOKEN_NORMAL && !alphabet.decode(spelled, texts[i]))
      texts[i] = spelled; // an added token outside the alphabet; merges cannot make it
    tokenBySpelling.emplace(spelled, static_cast<int32_t>(i));
  }
}

void TokenizerSection::writeSpecials() {
  std::vector<int32_t> specials;
  for (size_t i = 0; i < types.size(); ++i)
    if (isSpecial(types[i]) && !texts[i].empty())
      specials.push_back(static_cast<int32_t>(i));
  std::sort(specials.begin(), specials.end(),
            [&](int32_t a, int32_t b) { return std::tie(texts[a], a) < std::tie(texts[b], b); });
  std::vector<int32_t> ends = input.endTokens;
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  header.specials = image.add(specials);
  header.end_tokens = image.add(ends);
}

Result<void> TokenizerSection::readMerges() {
  std::unordered_map<uint64_t, bool> seen;
  seen.reserve(input.merges.size());
  std::string joined;
  for (size_t rank = 0; rank < input.merges.size(); ++rank) {
    std::string_view text = input.merges[rank];
    size_t space = text.find(' ', 1); // a token has no space of its own
    if (space == text.npos)
      return Failure{"tokenizer.ggml.merges: entry " + std::to_string(rank) + ", " + quoted(text) +
                     ", is not two tokens with a space between them"};
    joined.assign(text.substr(0, space)).append(text.substr(space + 1));
    QwenMerge merge{tokenOf(text.substr(0, space)), tokenOf(text.substr(space + 1)),
                    static_cast<int32_t>(rank), tokenOf(joined)};
    if (merge.left < 0 || merge.right < 0 || merge.merged < 0)
      return Failure{"tokenizer.ggml.merges: entry " + std::to_string(rank) + ", " + quoted(text) +
                     ", joins or makes what is not in the vocabulary"};
    // Of two merges of one pair the earlier counts.
    if (seen.emplace(static_cast<uint64_t>(merge.left) << 32 | merge.right, true).second)
      merges.push_back(merge);
  }
  return {};
}

bool TokenizerSection::writeHashTables(uint32_t seed) {
  std::vector<uint64_t> mergeHashes, wordHashes;
  for (const QwenMerge &merge : merges)
    mergeHashes.push_back(qwen_merge_hash(seed, merge.left, merge.right));
  std::vector<int32_t> words;
  std::unordered_map<std::string_view, bool> seen;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (types[i] != QWEN_TOKEN_NORMAL || texts[i].empty() || !seen.emplace(texts[i], true).second)
      continue;
    words.push_back(static_cast<int32_t>(i));
    wordHashes.push_back(
        qwen_word_hash(seed, reinterpret_cast<const uint8_t *>(texts[i].data()), texts[i].size()));
  }
  PerfectHash mergeTable, wordTable;
  if (!buildPerfectHash(mergeHashes, mergeTable) || !buildPerfectHash(wordHashes, wordTable))
    return false;

  std::vector<QwenMerge> mergeSlots;
  for (int32_t key : mergeTable.keyOfSlot)
    mergeSlots.push_back(key < 0 ? QwenMerge{-1, -1, -1, -1} : merges[key]);
  std::vector<int32_t> wordSlots;
  for (int32_t key : wordTable.keyOfSlot)
    wordSlots.push_back(key < 0 ? -1 : words[key]);
  header.hash_seed = seed;
  header.merges = image.add(mergeSlots);
  header.merge_buckets = image.add(mergeTable.displacements);
  header.words = image.add(wordSlots);
  header.word_buckets = image.add(wordTable.displacements);
  return true;
}

Result<std::vector<uint8_t>> TokenizerSection::build() {
  if (Result<void> checked = check(); !checked)
    return checked.takeFailure();
  for (int32_t type : input.types)
    types.push_back(type >= 0 && type <= QWEN_TOKEN_BYTE ? static_cast<uint8_t>(type) : 0);
  decodeTokens();
  if (Result<void> read = readMerges(); !read)
    return read.takeFailure();

  const PreTokenizerRow &row = *findPreTokenizer(input.pre);
  std::memcpy(header.magic, QWEN_TOKENIZER_MAGIC, sizeof header.magic);
  header.version = QWEN_TOKENIZER_VERSION;
  header.header_bytes = sizeof header;
  header.vocab = static_cast<uint32_t>(input.tokens.size());
  header.pre = row.pre;
  header.flags = row.flags | (input.addBos ? QWEN_TOKENIZER_ADD_BOS : 0) |
                 (input.addEos ? QWEN_TOKENIZER_ADD_EOS : 0);
  header.bos = input.bos;
  header.eos = input.eos;
  header.eot = input.eot;

  std::vector<uint32_t> offsets{0};
  std::string all;
  for (const std::string &text : texts) {
    all += text;
    offsets.push_back(static_cast<uint32_t>(all.size()));
  }
  header.token_offsets = image.add(offsets);
  header.token_bytes = image.add(std::string_view(all));
  header.token_types = image.add(types);
  std::vector<int32_t> byteTokens;
  for (unsigned byte = 0; byte < 256; ++byte)
    byteTokens.push_back(tokenOf(alphabet.letter(static_cast<uint8_t>(byte))));
  header.byte_tokens = image.add(byteTokens);
  writeSpecials();

  uint32_t seed = 0;
  while (!writeHashTables(seed))
    if (++seed == MostSeeds)
      return Failure{"tokenizer.ggml.merges: no hash table without collisions was found"};

  ChatTemplateInfo chat{QWEN_CHAT_NONE, ""};
  if (input.chatTemplate && !input.chatTemplate->empty())
    chat = recognizeChatTemplate(*input.chatTemplate);
  header.chat = chat.kind;
  header.model_name = image.add(input.modelName);
  header.chat_template = image.add(input.chatTemplate.value_or(""));
  header.default_system = image.add(std::string_view(chat.defaultSystem));
  return image.finish(header);
}

} // namespace

Result<std::vector<uint8_t>> buildTokenizerImage(const TokenizerInput &input) {
  return TokenizerSection(input).build();
}

} // namespace qwenc
