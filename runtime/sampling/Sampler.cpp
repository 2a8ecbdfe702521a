//===- runtime/sampling/Sampler.cpp - from logits to the next token --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/sampling/Sampler.h"

#include <algorithm>
#include <cmath>

namespace qwenc::rt {

int32_t Sampler::sample(std::span<float> logits) {
  penalty.apply(logits);
  if (options.temperature <= 0 || options.topK == 1)
    return argmax(logits);
  const bool sorted = options.topK > 0 && static_cast<size_t>(options.topK) < logits.size();
  selectTopK(logits, options.topK, candidates);
  keepTopP(candidates, options.topP, sorted);
  keepMinP(candidates, options.minP);
  return candidates.empty() ? argmax(logits) : draw();
}

int32_t Sampler::draw() {
  float best = candidates.front().logit;
  for (const Candidate &candidate : candidates)
    best = std::max(best, candidate.logit);
  auto weight = [&](const Candidate &candidate) {
    return std::exp((candidate.logit - best) / options.temperature);
  };
  double total = 0;
  for (const Candidate &candidate : candidates)
    total += weight(candidate);
  double left = random.nextUnit() * total;
  for (const Candidate &candidate : candidates) {
    left -= weight(candidate);
    if (left < 0)
      return candidate.token;
  }
  return candidates.back().token; // only by rounding
}

} // namespace qwenc::rt
