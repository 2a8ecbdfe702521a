//===- runtime/tokenizer/BytePairEncoder.cpp - words to tokens ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/BytePairEncoder.h"

#include <algorithm>
#include <functional>

namespace qwenc::rt {

void BytePairEncoder::propose(int32_t index) {
  Symbol &symbol = symbols[index];
  symbol.rank = -1;
  if (symbol.next < 0)
    return;
  const QwenMerge *merge = image.findMerge(symbol.token, symbols[symbol.next].token);
  if (!merge || merge->rank < 0)
    return;
  symbol.rank = merge->rank;
  symbol.merged = merge->merged;
  heap.push_back(static_cast<uint64_t>(merge->rank) << 32 | static_cast<uint32_t>(index));
  std::push_heap(heap.begin(), heap.end(), std::greater<>());
}

void BytePairEncoder::apply(int32_t index) {
  Symbol &left = symbols[index];
  Symbol &right = symbols[left.next];
  left.token = left.merged;
  left.next = right.next;
  right.rank = -1; // no longer in the list: what the heap still has of it is stale
  if (left.next >= 0)
    symbols[left.next].previous = index;
  if (left.previous >= 0)
    propose(left.previous);
  propose(index);
}

void BytePairEncoder::encode(std::string_view word, std::vector<int32_t> &tokens) {
  if (word.size() == 1) {
    if (int32_t token = image.byteToken(static_cast<uint8_t>(word[0])); token >= 0)
      tokens.push_back(token);
    return;
  }
  heap.clear();
  symbols.clear();
  const auto count = static_cast<int32_t>(word.size());
  for (int32_t i = 0; i < count; ++i)
    symbols.push_back({image.byteToken(static_cast<uint8_t>(word[i])), i - 1,
                       i + 1 < count ? i + 1 : -1, -1, -1});
  for (int32_t i = 0; i < count; ++i)
    propose(i);

  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    uint64_t candidate = heap.back();
    heap.pop_back();
    auto index = static_cast<int32_t>(candidate & 0xffffffffu);
    // A symbol's candidates follow one another with different ranks, so a stale
    // entry never equals the present one.
    if (symbols[index].rank == static_cast<int32_t>(candidate >> 32))
      apply(index);
  }

  for (int32_t i = count > 0 ? 0 : -1; i >= 0; i = symbols[i].next)
    if (symbols[i].token >= 0)
      tokens.push_back(symbols[i].token);
}

} // namespace qwenc::rt
