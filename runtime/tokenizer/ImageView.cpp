//===- runtime/tokenizer/ImageView.cpp - typed access to the image --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/ImageView.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace qwenc::rt {
namespace {

/// Everything that open() must find in order before any array is read.
const char *findFault(const QwenTokenizerImage &header, size_t available) {
  if (header.version != QWEN_TOKENIZER_VERSION || header.header_bytes != sizeof header)
    return "was written by another version of qwenc";
  if (header.image_bytes > available || header.image_bytes > UINT32_MAX)
    return "is truncated";
  if (header.vocab == 0 || header.vocab > (1u << 24))
    return "has an impossible number of tokens";
  if (header.pre < QWEN_PRE_GPT2 || header.pre > QWEN_PRE_LLAMA_BPE)
    return "names an unknown pre-tokenizer";
  if (header.chat > QWEN_CHAT_QWEN3)
    return "names an unknown kind of chat template";

  struct {
    QwenSpan span;
    uint64_t elementBytes;
    uint64_t least, most; // elements
  } const arrays[] = {
      {header.token_offsets, 4, header.vocab + 1u, header.vocab + 1u},
      {header.token_bytes, 1, 0, UINT32_MAX},
      {header.token_types, 1, header.vocab, header.vocab},
      {header.byte_tokens, 4, 256, 256},
      {header.specials, 4, 0, header.vocab},
      {header.end_tokens, 4, 0, header.vocab},
      {header.merges, sizeof(QwenMerge), 1, UINT32_MAX},
      {header.merge_buckets, 4, 1, UINT32_MAX},
      {header.words, 4, 1, UINT32_MAX},
      {header.word_buckets, 4, 1, UINT32_MAX},
      {header.model_name, 1, 0, UINT32_MAX},
      {header.chat_template, 1, 0, UINT32_MAX},
      {header.default_system, 1, 0, UINT32_MAX},
  };
  for (const auto &array : arrays) {
    uint64_t bytes = array.span.count * array.elementBytes;
    if (array.span.offset % 16 != 0 || array.span.offset > header.image_bytes ||
        bytes > header.image_bytes - array.span.offset)
      return "has an array outside its bounds";
    if (array.span.count < array.least || array.span.count > array.most)
      return "has an array of the wrong length";
  }
  return nullptr;
}

} // namespace

Result<ImageView> ImageView::open(std::span<const uint8_t> image) {
  const char *fault = nullptr;
  if (image.size() < sizeof(QwenTokenizerImage) ||
      std::memcmp(image.data(), QWEN_TOKENIZER_MAGIC, 8) != 0)
    fault = "is missing or damaged";
  else if (reinterpret_cast<uintptr_t>(image.data()) % 16 != 0)
    fault = "is not aligned to 16 bytes";
  else
    fault = findFault(*reinterpret_cast<const QwenTokenizerImage *>(image.data()), image.size());
  if (fault)
    return Failure{std::string("the tokenizer image ") + fault + "; compile the model again"};
  return ImageView(image.data());
}

std::string_view ImageView::bytes(int32_t token) const {
  if (token < 0 || token >= vocabSize())
    return {};
  auto offsets = array<uint32_t>(header().token_offsets);
  uint32_t begin = offsets[token], end = offsets[token + 1];
  if (begin > end || end > header().token_bytes.count)
    return {};
  return text(header().token_bytes).substr(begin, end - begin);
}

uint8_t ImageView::type(int32_t token) const {
  return token < 0 || token >= vocabSize() ? 0 : array<uint8_t>(header().token_types)[token];
}

const QwenMerge *ImageView::findMerge(int32_t left, int32_t right) const {
  if (left < 0 || right < 0)
    return nullptr;
  auto buckets = array<uint32_t>(header().merge_buckets);
  auto slots = array<QwenMerge>(header().merges);
  uint64_t hash = qwen_merge_hash(header().hash_seed, left, right);
  uint32_t displacement = buckets[qwen_hash_bucket(hash, static_cast<uint32_t>(buckets.size()))];
  const QwenMerge &merge =
      slots[qwen_hash_slot(hash, displacement, static_cast<uint32_t>(slots.size()))];
  return merge.left == left && merge.right == right ? &merge : nullptr;
}

int32_t ImageView::findWord(std::string_view word) const {
  auto buckets = array<uint32_t>(header().word_buckets);
  auto slots = array<int32_t>(header().words);
  uint64_t hash = qwen_word_hash(header().hash_seed, reinterpret_cast<const uint8_t *>(word.data()),
                                 word.size());
  uint32_t displacement = buckets[qwen_hash_bucket(hash, static_cast<uint32_t>(buckets.size()))];
  int32_t token = slots[qwen_hash_slot(hash, displacement, static_cast<uint32_t>(slots.size()))];
  return token >= 0 && bytes(token) == word ? token : -1;
}

int32_t ImageView::findSpecial(std::string_view wanted) const {
  auto sorted = specials();
  auto found = std::lower_bound(
      sorted.begin(), sorted.end(), wanted,
      [this](int32_t token, std::string_view value) { return bytes(token) < value; });
  return found != sorted.end() && bytes(*found) == wanted ? *found : -1;
}

} // namespace qwenc::rt
