//===- runtime/core/Perplexity.h - how well a model predicts a text --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The measure of llama.cpp's perplexity tool, so that figures compare: the
// tokens are cut into chunks, each is run from an empty cache, and the positions
// context/2 .. context-2 of a chunk each predict the token after them.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CORE_PERPLEXITY_H
#define QWENC_RUNTIME_CORE_PERPLEXITY_H

#include "runtime/core/Session.h"
#include "support/Result.h"

#include <cstdint>
#include <span>

namespace qwenc::rt {

/// -log softmax(logits)[target], summed in double.
double negativeLogLikelihood(std::span<const float> logits, int32_t target);

/// Gathers the scores of single predictions.
class PerplexityMeter {
public:
  void add(double negativeLogLikelihood) {
    sum += negativeLogLikelihood;
    squares += negativeLogLikelihood * negativeLogLikelihood;
    ++count;
  }
  int64_t tokens() const { return count; }
  /// exp of the mean; 1 without any token.
  double perplexity() const;
  /// perplexity x sqrt(variance / (n - 1)); 0 for fewer than two tokens.
  double standardError() const;

private:
  double sum = 0;
  double squares = 0;
  int64_t count = 0;
};

struct PerplexityRun {
  int32_t context = 512;  ///< tokens of a chunk, >= 4
  int32_t mostChunks = 0; ///< 0: all
  int32_t bos = -1;       ///< replaces the first token of each chunk unless -1
};

/// Hears of each scored position and each finished chunk.
struct PerplexityObserver {
  virtual ~PerplexityObserver() = default;
  /// The logits [vocab] of a scored position, in order. A failure ends the run.
  virtual Result<void> scored(std::span<const float> logits) = 0;
  virtual void chunkDone(int32_t chunk, int32_t chunks, const PerplexityMeter &meter) = 0;
};

/// The number of chunks that will be scored; a last partial one does not count.
int32_t countChunks(size_t tokens, const PerplexityRun &run);

/// Scores `tokens`; the session's context is at least run.context.
Result<PerplexityMeter> measurePerplexity(Session &session, std::span<const int32_t> tokens,
                                          const PerplexityRun &run, PerplexityObserver &observer);

} // namespace qwenc::rt
#endif
