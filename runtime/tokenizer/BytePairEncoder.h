//===- runtime/tokenizer/BytePairEncoder.h - words to tokens --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Byte-pair encoding (Sennrich, Haddow, Birch 2016; over bytes as in GPT-2): a
// word starts as one token a byte; while any two neighbours have a merge, the
// merge of lowest rank is applied, the leftmost first among equals. A heap of
// candidates over a linked list makes it O(n log n) for a word of n bytes.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_TOKENIZER_BYTEPAIRENCODER_H
#define QWENC_RUNTIME_TOKENIZER_BYTEPAIRENCODER_H

#include "runtime/tokenizer/ImageView.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace qwenc::rt {

/// Reuses its buffers from word to word; one thread at a time.
class BytePairEncoder {
public:
  explicit BytePairEncoder(const ImageView &image) : image(image) {}

  /// Appends the tokens of a word of less than 2^31 bytes. A byte without a
  /// token of its own that no merge takes in is left out.
  void encode(std::string_view word, std::vector<int32_t> &tokens);

private:
  /// A token of the list. Its candidate is the merge with its right neighbour.
  struct Symbol {
    int32_t token;
    int32_t previous, next; ///< -1 at the ends
    int32_t rank;           ///< of the candidate, -1: none or already merged away
    int32_t merged;         ///< what the candidate makes
  };
  /// Looks up the candidate of a symbol and puts it on the heap.
  void propose(int32_t index);
  void apply(int32_t index);

  const ImageView &image;
  std::vector<Symbol> symbols;
  std::vector<uint64_t> heap; ///< rank << 32 | index, least first; may be stale
};

} // namespace qwenc::rt
#endif
