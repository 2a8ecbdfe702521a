//===- frontend/TokenizerSpec.cpp - the tokenizer from metadata -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names, defaults and the tokens that end an answer are those of llama.cpp, the
// program that files are made for; what it only warns of is an error here.
//===----------------------------------------------------------------------===//
#include "frontend/TokenizerSpec.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"

using namespace qwenc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

const char *qwenc::preTokenizerName(PreTokenizer pre) {
  switch (pre) {
  case PreTokenizer::Qwen2:
    return "qwen2";
  case PreTokenizer::SmolLM:
    return "smollm";
  case PreTokenizer::GPT2:
    return "gpt-2";
  case PreTokenizer::LlamaBPE:
    return "llama-bpe";
  }
  llvm_unreachable("a pre-tokenizer without a name");
}

// tokenizer.ggml.pre: each name that stands for one of the four.
static constexpr struct {
  const char *name;
  PreTokenizer pre;
} PreTokenizerNames[] = {
    {"qwen2", PreTokenizer::Qwen2},      {"deepseek-r1-qwen", PreTokenizer::Qwen2},
    {"kormo", PreTokenizer::Qwen2},      {"f2llmv2", PreTokenizer::Qwen2},
    {"megrez", PreTokenizer::Qwen2},     {"smollm", PreTokenizer::SmolLM},
    {"gpt-2", PreTokenizer::GPT2},       {"phi-2", PreTokenizer::GPT2},
    {"jina-es", PreTokenizer::GPT2},     {"jina-de", PreTokenizer::GPT2},
    {"jina-v2-es", PreTokenizer::GPT2},  {"jina-v2-de", PreTokenizer::GPT2},
    {"gigachat", PreTokenizer::GPT2},    {"a.x-4.0", PreTokenizer::GPT2},
    {"mellum", PreTokenizer::GPT2},      {"llama-bpe", PreTokenizer::LlamaBPE},
    {"llama3", PreTokenizer::LlamaBPE},  {"llama-v3", PreTokenizer::LlamaBPE},
    {"falcon3", PreTokenizer::LlamaBPE}, {"falcon-h1", PreTokenizer::LlamaBPE},
    {"pixtral", PreTokenizer::LlamaBPE}, {"midm-2.0", PreTokenizer::LlamaBPE},
    {"lfm2", PreTokenizer::LlamaBPE},
};

// Texts of tokens that end an answer whatever the metadata says of them.
static constexpr const char *EndTexts[] = {
    "<|eot_id|>",      "<|im_end|>",         "<|end|>",       "<|return|>", "<|call|>",
    "<end_of_turn>",   "<|endoftext|>",      "<|eom_id|>",    "<EOT>",      "_<EOT>",
    "<|end_of_text|>", "<end_of_utterance>", "<|fim_pad|>",   "<fim-pad>",  "<fim_pad>",
    "<PAD>",           "<|fim_repo|>",       "<|repo_name|>", "<fim-repo>", "<REPO>",
    "<reponame>",      "<|file_sep|>",
};
// Texts that are control tokens even in files that call them normal.
static constexpr const char *ControlTexts[] = {
    "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<PRE>",
    "<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<SUF>",
    "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<MID>",
};

namespace {
class SpecReader {
public:
  explicit SpecReader(const gguf::File &file) : metadata(file.metadata) {}

  Expected<TokenizerSpec> read() {
    if (Error error = readModel())
      return error;
    if (Error error = readTokens())
      return error;
    if (Error error = readTypes())
      return error;
    if (Error error = readMerges())
      return error;
    if (Error error = readSpecials())
      return error;
    findEndTokens();
    return std::move(spec);
  }

private:
  Error readModel();
  Error readTokens();
  Error readTypes();
  Error readMerges();
  Error readSpecials();
  Error readId(StringRef key, std::optional<uint32_t> &id);
  Error readFlag(StringRef key, bool &flag);
  void findEndTokens();

  const gguf::Metadata &metadata;
  llvm::StringMap<uint32_t> ids; // text -> number
  TokenizerSpec spec = {};
};
} // namespace

Error SpecReader::readModel() {
  auto model = metadata.requireString("tokenizer.ggml.model");
  if (!model)
    return model.takeError();
  if (*model != "gpt2")
    return metadata.error("tokenizer.ggml.model",
                          "tokenizer '" + gguf::printable(*model) +
                              "' is not supported ('gpt2', byte-level BPE, is)");
  auto given = metadata.getString("tokenizer.ggml.pre");
  if (!given)
    return given.takeError();
  std::optional<StringRef> pre = *given;
  // Files of the first Qwen are older than the key; they cut words as Qwen2 does.
  if (auto arch = metadata.getString("general.architecture"); !pre && arch && *arch == "qwen")
    pre = "qwen2";
  else if (!arch)
    return arch.takeError();
  if (!pre)
    return metadata.error("tokenizer.ggml.pre", "missing, expected a string");
  const auto *known = llvm::find_if(PreTokenizerNames, [&](auto &p) { return *pre == p.name; });
  if (known == std::end(PreTokenizerNames))
    return metadata.error("tokenizer.ggml.pre",
                          "pre-tokenizer '" + gguf::printable(*pre) +
                              "' is not supported (qwen2, smollm, gpt-2 and llama-bpe are)");
  spec.pre = known->pre;
  spec.ignoreMerges = spec.addBos = spec.pre == PreTokenizer::LlamaBPE;
  return Error::success();
}

Error SpecReader::readTokens() {
  auto tokens = metadata.requireStrings("tokenizer.ggml.tokens");
  if (!tokens)
    return tokens.takeError();
  spec.tokens = std::move(*tokens);
  if (spec.tokens.empty() || spec.tokens.size() > (1u << 24))
    return metadata.error("tokenizer.ggml.tokens",
                          Twine(spec.tokens.size()) + " tokens, expected 1 to 2^24");
  for (auto [number, text] : llvm::enumerate(spec.tokens)) {
    if (text.empty())
      return metadata.error("tokenizer.ggml.tokens", "token " + Twine(number) + " is empty");
    auto [entry, isNew] = ids.try_emplace(text, static_cast<uint32_t>(number));
    if (!isNew)
      return metadata.error("tokenizer.ggml.tokens", "tokens " + Twine(entry->second) + " and " +
                                                         Twine(number) + " are both '" +
                                                         gguf::printable(text) + "'");
  }
  return Error::success();
}

Error SpecReader::readTypes() {
  constexpr const char *Key = "tokenizer.ggml.token_type";
  auto types = metadata.getIntegers(Key);
  if (!types)
    return types.takeError();
  if (!*types) {
    spec.types.assign(spec.tokens.size(), TokenType::Normal);
    return Error::success();
  }
  if ((*types)->size() != spec.tokens.size())
    return metadata.error(Key, Twine((*types)->size()) + " types for " + Twine(spec.tokens.size()) +
                                   " tokens");
  spec.types.reserve(spec.tokens.size());
  for (auto [number, type] : llvm::enumerate(**types)) {
    if (type < 0 || type > static_cast<int32_t>(TokenType::Byte))
      return metadata.error(Key, "token " + Twine(number) + " has the unknown type " + Twine(type));
    spec.types.push_back(static_cast<TokenType>(type));
  }
  return Error::success();
}

Error SpecReader::readMerges() {
  constexpr const char *Key = "tokenizer.ggml.merges";
  auto merges = metadata.requireStrings(Key);
  if (!merges)
    return merges.takeError();
  spec.merges = std::move(*merges);
  for (auto [number, merge] : llvm::enumerate(spec.merges)) {
    // The left part may begin with a space only in theory: the alphabet has none.
    size_t space = merge.find(' ', 1);
    if (space == StringRef::npos || space + 1 == merge.size())
      return metadata.error(Key, "merge " + Twine(number) + " ('" + gguf::printable(merge) +
                                     "') is not two texts with a space between");
  }
  return Error::success();
}

Error SpecReader::readId(StringRef name, std::optional<uint32_t> &id) {
  std::string key = ("tokenizer.ggml." + name + "_token_id").str();
  auto value = metadata.getUnsigned(key);
  if (!value)
    return value.takeError();
  if (!*value)
    return Error::success();
  if (**value >= spec.tokens.size())
    return metadata.error(key, "token " + Twine(**value) + " is none of the " +
                                   Twine(spec.tokens.size()) + " tokens");
  id = static_cast<uint32_t>(**value);
  return Error::success();
}

Error SpecReader::readFlag(StringRef key, bool &flag) {
  auto value = metadata.getBool(key);
  if (!value)
    return value.takeError();
  flag = value->value_or(flag);
  return Error::success();
}

Error SpecReader::readSpecials() {
  struct {
    const char *name;
    std::optional<uint32_t> &id;
  } specials[] = {{"bos", spec.bos},
                  {"eos", spec.eos},
                  {"eot", spec.eot},
                  {"padding", spec.pad},
                  {"unknown", spec.unk}};
  for (auto &special : specials)
    if (Error error = readId(special.name, special.id))
      return error;
  bool addSeparator = false;
  if (Error error = readFlag("tokenizer.ggml.add_bos_token", spec.addBos))
    return error;
  if (Error error = readFlag("tokenizer.ggml.add_eos_token", spec.addEos))
    return error;
  if (Error error = readFlag("tokenizer.ggml.add_sep_token", addSeparator))
    return error;
  if (addSeparator)
    return metadata.error("tokenizer.ggml.add_sep_token", "separators are not supported");
  if (spec.addBos && !spec.bos)
    return metadata.error("tokenizer.ggml.bos_token_id",
                          "missing, but the tokenizer adds this token to every text");
  if (spec.addEos && !spec.eos)
    return metadata.error("tokenizer.ggml.eos_token_id",
                          "missing, but the tokenizer adds this token to every text");
  auto chatTemplate = metadata.getString("tokenizer.chat_template");
  if (!chatTemplate)
    return chatTemplate.takeError();
  if (*chatTemplate && !(*chatTemplate)->empty())
    spec.chatTemplate = **chatTemplate;
  return Error::success();
}

void SpecReader::findEndTokens() {
  auto &ends = spec.endOfGeneration;
  for (StringRef text : EndTexts)
    if (auto it = ids.find(text); it != ids.end()) {
      ends.push_back(it->second);
      spec.types[it->second] = TokenType::Control;
    }
  for (StringRef text : ControlTexts)
    if (auto it = ids.find(text); it != ids.end())
      spec.types[it->second] = TokenType::Control;
  for (std::optional<uint32_t> id : {spec.eos, spec.eot})
    if (id)
      ends.push_back(*id);
  llvm::sort(ends);
  ends.erase(llvm::unique(ends), ends.end());
}

Expected<TokenizerSpec> qwenc::readTokenizerSpec(const gguf::File &file) {
  return SpecReader(file).read();
}
