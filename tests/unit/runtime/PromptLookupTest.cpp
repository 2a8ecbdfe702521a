//===- tests/unit/runtime/PromptLookupTest.cpp -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/PromptLookup.h"

#include <gtest/gtest.h>

using namespace qwenc::rt;

namespace {

using Tokens = std::vector<int32_t>;

Tokens draftAfter(const Tokens &text, int32_t most = 100, int32_t longest = 4) {
  PromptLookup lookup(longest);
  lookup.append(text);
  std::span<const int32_t> draft = lookup.draft(most);
  return {draft.begin(), draft.end()};
}

} // namespace

TEST(PromptLookup, DraftsWhatFollowedBefore) {
  EXPECT_EQ(draftAfter({1, 2, 3, 4, 5, 6, 7, 9, 1, 2}), (Tokens{3, 4, 5, 6}));
  EXPECT_EQ(draftAfter({1, 2, 3, 4, 5, 6, 7, 9, 1, 2}, 2), (Tokens{3, 4})) << "most";
  EXPECT_EQ(draftAfter({1, 2, 3, 4, 5, 6, 7, 9, 1, 2}, 100, 3), (Tokens{3, 4, 5})) << "longest";
  EXPECT_EQ(draftAfter({1, 2, 3, 4, 1, 2}, 0), Tokens());
}

TEST(PromptLookup, OneEqualTokenIsNotEnough) {
  EXPECT_EQ(draftAfter({1, 2, 3, 4, 5, 9, 2}), Tokens());
  EXPECT_EQ(draftAfter({2, 7, 2}), Tokens()) << "nothing stands before the first token";
  for (size_t size = 0; size < 3; ++size)
    EXPECT_EQ(draftAfter(Tokens(size, 5)), Tokens());
}

TEST(PromptLookup, PrefersTheLongestMatchThenTheLatest) {
  // After 7 8 9: 1, earlier; after 8 9 alone: 2, later.
  EXPECT_EQ(draftAfter({7, 8, 9, 1, 5, 8, 9, 2, 6, 7, 8, 9}, 1), (Tokens{1}));
  EXPECT_EQ(draftAfter({7, 8, 9, 1, 5, 7, 8, 9, 2, 6, 7, 8, 9}, 1), (Tokens{2}));
  // More than four equal tokens count as four: the later one wins.
  EXPECT_EQ(draftAfter({6, 7, 8, 9, 4, 1, 5, 7, 8, 9, 4, 2, 6, 7, 8, 9, 4}, 1), (Tokens{2}));
}

TEST(PromptLookup, ALoopGoesOnBeyondTheText) {
  EXPECT_EQ(draftAfter({5, 1, 2, 3, 1, 2, 3}, 100, 4), (Tokens{1, 2, 3, 1}));
  EXPECT_EQ(draftAfter({5, 5, 5}), (Tokens{5, 5, 5, 5}));
}

TEST(PromptLookup, DraftsGrowWhileTheyAreRight) {
  PromptLookup lookup(15);
  Tokens text(40);
  for (size_t index = 0; index < text.size(); ++index)
    text[index] = static_cast<int32_t>(index);
  text.insert(text.end(), {0, 1});
  lookup.append(text);
  std::vector<size_t> sizes;
  for (int round = 0; round < 4; ++round) {
    sizes.push_back(lookup.draft(100).size());
    lookup.judge(static_cast<int32_t>(sizes.back()), 2);
  }
  EXPECT_EQ(sizes, (std::vector<size_t>{8, 15, 15, 15}));
  lookup.draft(100);
  lookup.judge(3, 2);
  EXPECT_EQ(lookup.draft(100).size(), 6u) << "twice as many as were right";
}

TEST(PromptLookup, BadDraftsBecomeRare) {
  PromptLookup lookup(15);
  lookup.append(Tokens(10, 1));
  int drafts = 0;
  for (int step = 0; step < 1000; ++step)
    if (!lookup.draft(100).empty()) {
      ++drafts;
      lookup.judge(0, 2);
    }
  EXPECT_GE(drafts, 5);
  EXPECT_LE(drafts, 30);

  // Once they are right again, they come at every step again.
  int asked = 0;
  for (int good = 0; good < 20; ++asked)
    if (std::span<const int32_t> draft = lookup.draft(100); !draft.empty()) {
      lookup.judge(static_cast<int32_t>(draft.size()), 2);
      ++good;
    }
  EXPECT_LE(asked, 200);
  EXPECT_FALSE(lookup.draft(100).empty());
}

TEST(PromptLookup, RightDraftsThatCostMoreThanTheySaveBecomeRareToo) {
  for (double cost : {4.5, 5.5}) { // four right tokens stand for five plain steps
    PromptLookup lookup(4);
    lookup.append(Tokens(10, 1));
    int drafts = 0;
    for (int step = 0; step < 300; ++step)
      if (std::span<const int32_t> draft = lookup.draft(100); !draft.empty()) {
        ++drafts;
        lookup.judge(static_cast<int32_t>(draft.size()), cost);
      }
    if (cost < 5) {
      EXPECT_EQ(drafts, 300);
    } else {
      EXPECT_LE(drafts, 40);
    }
  }
}

TEST(PromptLookup, APauseEndsWhenDraftsWouldHaveBeenRight) {
  for (bool repeats : {false, true}) {
    PromptLookup lookup(15);
    lookup.append(Tokens{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    int32_t steps = 0;
    while (!lookup.draft(100).empty()) // until the first pause
      lookup.judge(0, 4);
    for (int32_t token = 1; steps < 8; ++steps, ++token) { // shorter than a pause
      lookup.append(Tokens{repeats ? token : 100 + token});
      if (!lookup.draft(100).empty())
        break;
    }
    EXPECT_EQ(steps, repeats ? 3 : 8);
  }
}
