//===- runtime/core/PromptLookup.cpp - guess what follows, from the text ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/PromptLookup.h"

#include <algorithm>
#include <cassert>

namespace qwenc::rt {
namespace {

/// Fewer equal tokens than this say little about what follows; more of them than
/// LongestMatch say no more.
constexpr size_t ShortestMatch = 2;
constexpr size_t LongestMatch = 4;

/// Most of a step's cost is paid for its first tokens, so very short drafts are
/// never worth it.
constexpr int32_t ShortestDraft = 4;
/// In plain steps: what drafts may lose after a time of success; what one step
/// may at most count for, since the clock of a busy machine jumps.
constexpr double MostCredit = 8, MostCost = 12;
constexpr int32_t LongestPause = 128;
/// In a pause: so many right tokens in a row would have paid for their step.
constexpr size_t EnoughToResume = 4;

/// The position after the latest earlier occurrence of the longest end of `text`
/// (of ShortestMatch to LongestMatch tokens) that occurs at all; else its size.
size_t findContinuation(std::span<const int32_t> text) {
  size_t best = text.size(), bestMatch = ShortestMatch - 1;
  for (size_t end = text.size(); --end > bestMatch;) {
    if (text[end - 1] != text.back())
      continue;
    size_t match = 1;
    while (match < std::min(LongestMatch, end) &&
           text[end - 1 - match] == text[text.size() - 1 - match])
      ++match;
    if (match <= bestMatch)
      continue;
    best = end;
    bestMatch = match;
    if (match == LongestMatch)
      break;
  }
  return best;
}

} // namespace

void PromptLookup::append(std::span<const int32_t> tokens) {
  text.insert(text.end(), tokens.begin(), tokens.end());
  for (int32_t token : tokens) {
    if (pause == 0 || watched >= guess.size())
      return;
    if (guess[watched] != token)
      guess.clear();
    else if (++watched == EnoughToResume)
      pause = 0;
  }
}

std::span<const int32_t> PromptLookup::draft(int32_t most) {
  if (pause > 0) {
    --pause;
    if (watched >= guess.size())
      guessNext(longest);
    return {};
  }
  guessNext(std::min({most, length, longest}));
  return guess;
}

/// Makes a new guess of up to `most` tokens.
void PromptLookup::guessNext(int32_t most) {
  guess.clear();
  watched = 0;
  if (most < 1 || text.size() <= ShortestMatch)
    return;
  const size_t from = findContinuation(text);
  if (from == text.size())
    return;
  // Past the end of the text the draft continues itself: a loop goes on.
  for (size_t at = from; guess.size() < static_cast<size_t>(most); ++at)
    guess.push_back(at < text.size() ? text[at] : guess[at - text.size()]);
}

void PromptLookup::judge(int32_t accepted, double cost) {
  const int32_t drafted = static_cast<int32_t>(guess.size());
  assert(accepted <= drafted && "more tokens were right than drafted");
  // A draft that was right to its end might have been longer; of one that was
  // not, the part behind the mistake was computed for nothing.
  length = accepted == drafted ? std::max(length, drafted * 2) : accepted * 2;
  length = std::clamp(length, ShortestDraft, std::max(ShortestDraft, longest));
  const double saved = accepted + 1 - std::clamp(cost, 1.0, MostCost);
  credit = std::min(MostCredit, credit + saved);
  if (saved > 0)
    nextPause = FirstPause;
  if (credit >= 0)
    return;
  guess.clear();
  pause = nextPause;
  nextPause = std::min(LongestPause, nextPause * 2);
  credit = 0; // one more bad draft, and the next pause is longer
}

} // namespace qwenc::rt
