//===- runtime/core/PromptLookup.h - guess what follows, from the text -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where an answer quotes its prompt or itself (summaries, edits, tables), what
// comes next stood in the text before: a draft is what followed the latest
// earlier occurrence of the last few tokens. One step over the whole draft costs
// less than a step a token, and its logits say how much of the draft was right
// ("prompt lookup decoding", a draft model that is a search).
//
//   text   ... a b c d e f g ... x a b c        the last 3 tokens occur before,
//   draft            d e f g                    so this may come next
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CORE_PROMPTLOOKUP_H
#define QWENC_RUNTIME_CORE_PROMPTLOOKUP_H

#include <cstdint>
#include <span>
#include <vector>

namespace qwenc::rt {

/// Drafts as long and as often as it pays off, by what steps have cost. Not
/// thread-safe.
class PromptLookup {
public:
  /// Drafts of at most `longest` (>= 1) tokens.
  explicit PromptLookup(int32_t longest) : longest(longest) {}

  int32_t longestDraft() const { return longest; }

  /// Tells of tokens that stand in the text now.
  void append(std::span<const int32_t> tokens);

  /// What may follow the text: at most `most` tokens, often none. Valid until
  /// the next call. Each call is one step of decoding: while drafts pay off
  /// badly, most calls give none; then drafts are only watched, until one would
  /// have been worth it.
  std::span<const int32_t> draft(int32_t most);

  /// How many tokens of the last draft (not empty) were right, and the time of its
  /// step as a multiple of a plain step's.
  void judge(int32_t accepted, double cost);

private:
  void guessNext(int32_t most);

  std::vector<int32_t> text;
  std::vector<int32_t> guess; ///< the last draft
  int32_t longest;
  int32_t length = StartLength; ///< of drafts, grows while they are right
  double credit = StartCredit;  ///< what drafts have saved, in plain steps
  int32_t pause = 0;            ///< steps without drafts still to come
  int32_t nextPause = FirstPause;
  size_t watched = 0; ///< right tokens of a guess made in a pause

  static constexpr int32_t StartLength = 8;
  static constexpr double StartCredit = 4;
  static constexpr int32_t FirstPause = 8;
};

} // namespace qwenc::rt
#endif
