//===- runtime/sampling/Sampler.h - from logits to the next token ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_SAMPLING_SAMPLER_H
#define QWENC_RUNTIME_SAMPLING_SAMPLER_H

#include "runtime/sampling/LogitFilters.h"
#include "runtime/sampling/Penalties.h"
#include "runtime/sampling/RandomEngine.h"

#include <cstdint>
#include <span>
#include <vector>

namespace qwenc::rt {

/// The defaults are the ones that Qwen recommends.
struct SamplerOptions {
  float temperature = 0.7f; ///< 0: always the most probable token
  int32_t topK = 20;        ///< the best k; 0: all
  float topP = 0.8f;        ///< the best that sum to p; 1: all
  float minP = 0.0f;        ///< at least p times the best; 0: all
  float repeatPenalty = 1.0f;
  uint64_t seed = 0;
};

/// Chooses tokens: repetition penalty, top-k, top-p, min-p, then a draw from the
/// softmax at the given temperature (llama.cpp's order). The same seed, logits
/// and options give the same tokens.
class Sampler {
public:
  explicit Sampler(const SamplerOptions &options)
      : options(options), penalty(options.repeatPenalty), random(options.seed) {}

  /// True if sample() gives the likeliest token whatever came before.
  bool takesLikeliest() const {
    return (options.temperature <= 0 || options.topK == 1) && options.repeatPenalty == 1.0f;
  }
  /// The next token; `logits` [vocab] may be changed. It is not accept()ed.
  int32_t sample(std::span<float> logits);

  /// Tells the penalties of a token that stands in the text now.
  void accept(int32_t token) { penalty.accept(token); }

private:
  int32_t draw();

  SamplerOptions options;
  RepetitionPenalty penalty;
  RandomEngine random;
  std::vector<Candidate> candidates;
};

} // namespace qwenc::rt
#endif
