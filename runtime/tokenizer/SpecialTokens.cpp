//===- runtime/tokenizer/SpecialTokens.cpp - special tokens within text ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/SpecialTokens.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

namespace qwenc::rt {
namespace {

/// Appends every special token that `text` begins with. `sorted` is narrowed
/// byte by byte to the tokens that agree so far; of these the one that ends here
/// comes first.
void matchPrefixes(const ImageView &image, std::span<const int32_t> sorted, std::string_view text,
                   size_t offset, bool parseSpecial, std::vector<SpecialMatch> &matches) {
  for (size_t depth = 0; !sorted.empty(); ++depth) {
    if (depth > 0 && image.bytes(sorted.front()).size() == depth) {
      int32_t token = sorted.front();
      if (parseSpecial || image.type(token) == QWEN_TOKEN_USER_DEFINED)
        matches.push_back({offset, offset + depth, token});
      while (!sorted.empty() && image.bytes(sorted.front()).size() == depth)
        sorted = sorted.subspan(1);
    }
    if (depth == text.size())
      return;
    auto byteAt = [&](int32_t token) {
      std::string_view bytes = image.bytes(token);
      return depth < bytes.size() ? static_cast<uint8_t>(bytes[depth]) : -1;
    };
    int wanted = static_cast<uint8_t>(text[depth]);
    auto first = std::lower_bound(sorted.begin(), sorted.end(), wanted,
                                  [&](int32_t token, int byte) { return byteAt(token) < byte; });
    auto last = std::upper_bound(first, sorted.end(), wanted,
                                 [&](int byte, int32_t token) { return byte < byteAt(token); });
    sorted = {first, last};
  }
}

/// Drops the matches that lie over better ones; the rest are in order.
void resolveOverlaps(size_t textBytes, std::vector<SpecialMatch> &matches) {
  auto key = [](const SpecialMatch &match) {
    return std::tuple(~(match.end - match.begin), match.token, match.begin);
  };
  std::sort(matches.begin(), matches.end(),
            [&](const auto &a, const auto &b) { return key(a) < key(b); });
  // What is taken already is at least as long as what comes, so an overlap shows
  // at one of the two ends.
  std::vector<bool> taken(textBytes);
  std::erase_if(matches, [&](const SpecialMatch &match) {
    if (taken[match.begin] || taken[match.end - 1])
      return true;
    std::fill(taken.begin() + static_cast<ptrdiff_t>(match.begin),
              taken.begin() + static_cast<ptrdiff_t>(match.end), true);
    return false;
  });
  std::sort(matches.begin(), matches.end(),
            [](const auto &a, const auto &b) { return a.begin < b.begin; });
}

} // namespace

std::vector<SpecialMatch> findSpecialTokens(const ImageView &image, std::string_view text,
                                            bool parseSpecial) {
  std::array<bool, 256> begins{};
  for (int32_t token : image.specials())
    if (std::string_view bytes = image.bytes(token); !bytes.empty())
      if (parseSpecial || image.type(token) == QWEN_TOKEN_USER_DEFINED)
        begins[static_cast<uint8_t>(bytes[0])] = true;

  std::vector<SpecialMatch> matches;
  for (size_t i = 0; i < text.size(); ++i)
    if (begins[static_cast<uint8_t>(text[i])])
      matchPrefixes(image, image.specials(), text.substr(i), i, parseSpecial, matches);
  if (matches.size() > 1)
    resolveOverlaps(text.size(), matches);
  return matches;
}

} // namespace qwenc::rt
