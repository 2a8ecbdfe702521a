//===- tests/unit/runtime/LogitFiltersTest.cpp -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/sampling/LogitFilters.h"
#include "runtime/sampling/RandomEngine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace qwenc::rt;

namespace {

std::vector<float> randomLogits(size_t count, uint64_t seed, uint32_t distinct) {
  RandomEngine random(seed);
  std::vector<float> logits(count);
  for (float &logit : logits)
    logit = static_cast<float>(random.nextBelow(distinct)) * 0.01f - 20;
  return logits;
}

std::vector<int32_t> tokensOf(const std::vector<Candidate> &candidates) {
  std::vector<int32_t> tokens;
  for (const Candidate &candidate : candidates)
    tokens.push_back(candidate.token);
  return tokens;
}

std::vector<Candidate> sortedCandidates(const std::vector<float> &logits) {
  std::vector<Candidate> all;
  for (size_t index = 0; index < logits.size(); ++index)
    all.push_back({static_cast<int32_t>(index), logits[index]});
  std::sort(all.begin(), all.end(), ranksBefore);
  return all;
}

} // namespace

TEST(Argmax, LowestIndexWinsTies) {
  for (size_t count : {1u, 2u, 15u, 16u, 17u, 63u, 64u, 65u, 1000u, 4099u})
    for (uint32_t distinct : {1u, 3u, 5000u}) {
      std::vector<float> logits = randomLogits(count, count, distinct);
      auto best = std::max_element(logits.begin(), logits.end()); // the first of the largest
      EXPECT_EQ(argmax(logits), best - logits.begin()) << count << " of " << distinct;
    }
}

TEST(Argmax, NaNNeverWins) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> logits(70, nan);
  EXPECT_EQ(argmax(logits), 0);
  logits[66] = -5;
  EXPECT_EQ(argmax(logits), 66);
  logits[3] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(argmax(logits), 66);
}

TEST(TopK, EqualsSorting) {
  for (size_t count : {3u, 64u, 1000u, 49152u})
    for (uint32_t distinct : {2u, 100u, 1000000u})
      for (int32_t k : {1, 2, 20, 63, 700}) {
        std::vector<float> logits = randomLogits(count, 7 + count, distinct);
        std::vector<Candidate> sorted = sortedCandidates(logits), chosen;
        selectTopK(logits, k, chosen);
        if (static_cast<size_t>(k) >= count)
          std::sort(chosen.begin(), chosen.end(), ranksBefore);
        sorted.resize(std::min(sorted.size(), static_cast<size_t>(k)));
        EXPECT_EQ(tokensOf(chosen), tokensOf(sorted)) << count << ", " << distinct << ", k " << k;
      }
}

TEST(TopK, ZeroKeepsAllButNaN) {
  std::vector<float> logits = {1, std::numeric_limits<float>::quiet_NaN(), 3};
  std::vector<Candidate> chosen;
  selectTopK(logits, 0, chosen);
  EXPECT_EQ(tokensOf(chosen), (std::vector<int32_t>{0, 2}));
  selectTopK(logits, 1, chosen);
  EXPECT_EQ(tokensOf(chosen), (std::vector<int32_t>{2}));
}

TEST(TopP, KeepsTheShortestPrefix) {
  // Probabilities 0.5, 0.25, 0.125, 0.125 in another order.
  std::vector<float> logits = {std::log(0.125f), std::log(0.5f), std::log(0.125f), std::log(0.25f)};
  auto kept = [&](float p, bool sorted) {
    std::vector<Candidate> candidates;
    if (sorted)
      candidates = sortedCandidates(logits);
    else
      selectTopK(logits, 0, candidates);
    keepTopP(candidates, p, sorted);
    return tokensOf(candidates);
  };
  for (bool sorted : {false, true}) {
    EXPECT_EQ(kept(0.0f, sorted), (std::vector<int32_t>{1}));
    EXPECT_EQ(kept(0.49f, sorted), (std::vector<int32_t>{1}));
    EXPECT_EQ(kept(0.6f, sorted), (std::vector<int32_t>{1, 3}));
    EXPECT_EQ(kept(0.8f, sorted), (std::vector<int32_t>{1, 3, 0}));
    EXPECT_EQ(kept(0.95f, sorted), (std::vector<int32_t>{1, 3, 0, 2}));
  }
  EXPECT_EQ(kept(1.0f, true), (std::vector<int32_t>{1, 3, 0, 2}));
}

TEST(TopP, UnsortedListsOfManyTokensGiveTheSame) {
  std::vector<float> logits = randomLogits(20000, 3, 500); // flat: many tokens are kept
  for (float p : {0.05f, 0.5f, 0.97f}) {
    std::vector<Candidate> sorted = sortedCandidates(logits), unsorted;
    selectTopK(logits, 0, unsorted);
    keepTopP(sorted, p, true);
    keepTopP(unsorted, p, false);
    EXPECT_EQ(tokensOf(unsorted), tokensOf(sorted)) << p;
  }
}

TEST(MinP, DropsTheImprobable) {
  std::vector<float> logits = {0, std::log(0.3f), std::log(0.05f)};
  std::vector<Candidate> candidates = sortedCandidates(logits);
  keepMinP(candidates, 0.1f);
  EXPECT_EQ(tokensOf(candidates), (std::vector<int32_t>{0, 1}));
  keepMinP(candidates, 1.0f);
  EXPECT_EQ(tokensOf(candidates), (std::vector<int32_t>{0}));
}
