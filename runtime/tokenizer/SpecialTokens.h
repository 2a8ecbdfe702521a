//===- runtime/tokenizer/SpecialTokens.h - special tokens within text -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds control and user-defined tokens in text before it is cut into words.
// Where occurrences overlap, the longest token wins wherever it stands, then
// the one of lowest number, then the leftmost occurrence: the order in which
// llama.cpp searches for them one by one. Here all are found in one pass.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_TOKENIZER_SPECIALTOKENS_H
#define QWENC_RUNTIME_TOKENIZER_SPECIALTOKENS_H

#include "runtime/tokenizer/ImageView.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace qwenc::rt {

/// A special token at [begin, end) of a text, in bytes.
struct SpecialMatch {
  size_t begin, end;
  int32_t token;
};

/// The special tokens in `text`, from left to right, none overlapping. Without
/// `parseSpecial` only user-defined ones count.
std::vector<SpecialMatch> findSpecialTokens(const ImageView &image, std::string_view text,
                                            bool parseSpecial);

} // namespace qwenc::rt
#endif
