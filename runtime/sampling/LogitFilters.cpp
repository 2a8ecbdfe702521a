//===- runtime/sampling/LogitFilters.cpp - which tokens may be drawn -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/sampling/LogitFilters.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qwenc::rt {
namespace {

constexpr float Lowest = -std::numeric_limits<float>::infinity();

/// Logits are scanned in blocks whose maximum the compiler vectorises.
constexpr size_t Block = 64;

float blockMax(const float *values, size_t count) {
  float lanes[16];
  std::fill(std::begin(lanes), std::end(lanes), Lowest);
  size_t index = 0;
  for (; index + 16 <= count; index += 16)
    for (size_t lane = 0; lane < 16; ++lane)
      lanes[lane] = values[index + lane] > lanes[lane] ? values[index + lane] : lanes[lane];
  for (; index < count; ++index)
    lanes[0] = values[index] > lanes[0] ? values[index] : lanes[0];
  return *std::max_element(std::begin(lanes), std::end(lanes));
}

float bestLogit(const std::vector<Candidate> &candidates) {
  float best = Lowest;
  for (const Candidate &candidate : candidates)
    best = std::max(best, candidate.logit);
  return best;
}

} // namespace

int32_t argmax(std::span<const float> logits) {
  float best = Lowest;
  size_t bestBlock = 0;
  for (size_t begin = 0; begin < logits.size(); begin += Block) {
    float most = blockMax(logits.data() + begin, std::min(Block, logits.size() - begin));
    if (most > best) {
      best = most;
      bestBlock = begin;
    }
  }
  size_t end = std::min(bestBlock + Block, logits.size());
  for (size_t index = bestBlock; index < end; ++index)
    if (logits[index] == best)
      return static_cast<int32_t>(index);
  return 0;
}

void selectTopK(std::span<const float> logits, int32_t k, std::vector<Candidate> &candidates) {
  candidates.clear();
  if (k <= 0 || static_cast<size_t>(k) >= logits.size()) {
    candidates.reserve(logits.size());
    for (size_t index = 0; index < logits.size(); ++index)
      if (!std::isnan(logits[index]))
        candidates.push_back({static_cast<int32_t>(index), logits[index]});
    return;
  }
  // A heap of the best so far with the worst of them in front. Later tokens
  // have higher numbers and so lose ties: `>` is the right comparison, and a
  // block whose maximum does not beat the worst is skipped whole.
  const size_t wanted = static_cast<size_t>(k);
  for (size_t begin = 0; begin < logits.size(); begin += Block) {
    size_t end = std::min(begin + Block, logits.size());
    if (candidates.size() == wanted &&
        !(blockMax(logits.data() + begin, end - begin) > candidates.front().logit))
      continue;
    for (size_t index = begin; index < end; ++index) {
      Candidate candidate{static_cast<int32_t>(index), logits[index]};
      if (std::isnan(candidate.logit))
        continue;
      if (candidates.size() == wanted) {
        if (!(candidate.logit > candidates.front().logit))
          continue;
        std::pop_heap(candidates.begin(), candidates.end(), ranksBefore);
        candidates.pop_back();
      }
      candidates.push_back(candidate);
      std::push_heap(candidates.begin(), candidates.end(), ranksBefore);
    }
  }
  std::sort_heap(candidates.begin(), candidates.end(), ranksBefore);
}

void keepTopP(std::vector<Candidate> &candidates, float p, bool sorted) {
  if (p >= 1 || candidates.size() < 2)
    return;
  const float best = bestLogit(candidates);
  double total = 0;
  for (const Candidate &candidate : candidates)
    total += std::exp(candidate.logit - best);

  double sum = 0;
  size_t kept = 0;
  for (size_t ordered = sorted ? candidates.size() : 0; kept < candidates.size();) {
    if (kept == ordered) {
      ordered = std::min(candidates.size(), std::max<size_t>(256, ordered * 4));
      std::partial_sort(candidates.begin() + static_cast<ptrdiff_t>(kept),
                        candidates.begin() + static_cast<ptrdiff_t>(ordered), candidates.end(),
                        ranksBefore);
    }
    sum += std::exp(candidates[kept++].logit - best);
    if (sum >= total * static_cast<double>(p))
      break;
  }
  candidates.resize(kept);
}

void keepMinP(std::vector<Candidate> &candidates, float p) {
  if (p <= 0 || candidates.empty())
    return;
  const float threshold = bestLogit(candidates) + std::log(p);
  // The best one stays even if rounding puts the threshold above it (p = 1).
  const float floor = std::min(threshold, bestLogit(candidates));
  std::erase_if(candidates, [&](const Candidate &candidate) { return candidate.logit < floor; });
}

} // namespace qwenc::rt
