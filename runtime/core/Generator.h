//===- runtime/core/Generator.h - from a prompt to an answer ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CORE_GENERATOR_H
#define QWENC_RUNTIME_CORE_GENERATOR_H

#include "runtime/core/PromptLookup.h"
#include "runtime/core/Session.h"
#include "runtime/sampling/Sampler.h"
#include "support/Result.h"

#include <span>

namespace qwenc::rt {

enum class StopReason {
  EndOfGeneration, ///< the model ended its answer
  TokenLimit,      ///< as many tokens as asked for
  ContextFull,     ///< no position is left
  Interrupted,     ///< Ctrl-C
};

/// Counts and times of one answer.
struct GenerationStats {
  int32_t promptTokens = 0;
  int32_t generatedTokens = 0;  ///< without the one that ended the answer
  int32_t decodedTokens = 0;    ///< chosen in decodeSeconds, also the one that ends
  int32_t decodeSteps = 0;      ///< steps that this took: as many without lookup
  int32_t draftedTokens = 0;    ///< guessed by lookup
  int32_t acceptedTokens = 0;   ///< of those, the ones that were right
  double prefillSeconds = 0;    ///< all of the prompt
  double firstTokenSeconds = 0; ///< from the call to the first token's choice
  double decodeSeconds = 0;     ///< from the first token's choice to the last
  StopReason reason = StopReason::TokenLimit;
};

struct GenerationLimits {
  int32_t tokens = -1;                        ///< most tokens; -1: until the context is full
  std::span<const int32_t> endOfGeneration{}; ///< tokens that end the answer
  bool ignoreEnd = false;                     ///< never choose those instead
  const std::atomic<bool> *interrupted = nullptr;
  /// Guesses tokens that are then checked together; null: one step a token. It
  /// hears of the prompt and the answer and may be kept from answer to answer.
  /// The session's mostRows() - 1 bounds a draft.
  PromptLookup *lookup = nullptr;
};

/// Receives each token as it is chosen (not the one that ends the answer).
struct TokenSink {
  virtual ~TokenSink() = default;
  virtual void token(int32_t token) = 0;
};

/// Feeds `prompt` (not empty) to the session, then samples and feeds back until
/// a limit is reached. The prompt's tokens count for the sampler's penalties.
/// Afterwards the session holds the prompt and the answer, but perhaps for its
/// last token.
///
/// Lookup changes the speed alone: each token is still chosen by the sampler, in
/// order, from the logits after the tokens before it; a draft only lets logits be
/// computed before it is known whether they are needed.
///
/// Fails when the prompt does not fit.
Result<GenerationStats> generate(Session &session, Sampler &sampler,
                                 std::span<const int32_t> prompt, const GenerationLimits &limits,
                                 TokenSink &sink);

} // namespace qwenc::rt
#endif
