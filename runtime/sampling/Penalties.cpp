//===- runtime/sampling/Penalties.cpp - discourage repetition --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/sampling/Penalties.h"

#include <algorithm>

namespace qwenc::rt {

void RepetitionPenalty::accept(int32_t token) {
  recent[static_cast<size_t>(seen % Window)] = token;
  ++seen;
}

void RepetitionPenalty::apply(std::span<float> logits) const {
  if (penalty == 1)
    return;
  const auto begin = recent.begin();
  const auto end = begin + std::min<int64_t>(seen, Window);
  for (auto token = begin; token != end; ++token) {
    if (std::find(begin, token, *token) != token)
      continue; // penalised already
    float &logit = logits[static_cast<size_t>(*token)];
    logit = logit > 0 ? logit / penalty : logit * penalty;
  }
}

} // namespace qwenc::rt
