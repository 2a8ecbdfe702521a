//===- runtime/core/Perplexity.cpp - how well a model predicts a text ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/Perplexity.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace qwenc::rt {
namespace {

/// What the visits of one chunk share.
struct ChunkScorer {
  std::span<const int32_t> tokens; ///< of the chunk
  PerplexityMeter *meter;
  PerplexityObserver *observer;
  Result<void> status;

  static void visit(void *context, size_t index, std::span<const float> logits) {
    ChunkScorer &self = *static_cast<ChunkScorer *>(context);
    if (!self.status)
      return;
    self.meter->add(negativeLogLikelihood(logits, self.tokens[index + 1]));
    self.status = self.observer->scored(logits);
  }
};

} // namespace

double negativeLogLikelihood(std::span<const float> logits, int32_t target) {
  const float best = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits)
    sum += std::exp(logit - best);
  return std::log(sum) - (logits[static_cast<size_t>(target)] - best);
}

double PerplexityMeter::perplexity() const {
  return count == 0 ? 1 : std::exp(sum / static_cast<double>(count));
}

double PerplexityMeter::standardError() const {
  if (count < 2)
    return 0;
  const double n = static_cast<double>(count);
  const double mean = sum / n;
  const double variance = squares / n - mean * mean;
  return variance > 0 ? perplexity() * std::sqrt(variance / (n - 1)) : 0;
}

int32_t countChunks(size_t tokens, const PerplexityRun &run) {
  size_t chunks = tokens / static_cast<size_t>(run.context);
  if (run.mostChunks > 0)
    chunks = std::min(chunks, static_cast<size_t>(run.mostChunks));
  return static_cast<int32_t>(std::min<size_t>(chunks, INT32_MAX));
}

Result<PerplexityMeter> measurePerplexity(Session &session, std::span<const int32_t> tokens,
                                          const PerplexityRun &run, PerplexityObserver &observer) {
  const size_t context = static_cast<size_t>(run.context);
  const int32_t chunks = countChunks(tokens.size(), run);
  for (int32_t token : tokens) // also those that are only predicted
    if (token < 0 || static_cast<uint32_t>(token) >= session.model().vocab)
      return Failure{"token " + std::to_string(token) + " is outside of the vocabulary of " +
                     std::to_string(session.model().vocab) + " tokens"};

  PerplexityMeter meter;
  for (int32_t chunk = 0; chunk < chunks; ++chunk) {
    std::span<const int32_t> part = tokens.subspan(static_cast<size_t>(chunk) * context, context);
    std::vector<int32_t> input(part.begin(), part.end() - 1); // nothing follows the last
    if (run.bos >= 0)
      input.front() = run.bos;
    ChunkScorer scorer{part, &meter, &observer, {}};
    session.truncate(0);
    if (Result<void> fed = session.feedAndVisit(input, context / 2, ChunkScorer::visit, &scorer);
        !fed)
      return fed.takeFailure();
    if (!scorer.status)
      return scorer.status.takeFailure();
    observer.chunkDone(chunk, chunks, meter);
  }
  return meter;
}

} // namespace qwenc::rt
