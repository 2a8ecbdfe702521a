//===- runtime/core/Generator.cpp - from a prompt to an answer -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/Generator.h"
#include "runtime/core/Stopwatch.h"

#include <algorithm>
#include <limits>

namespace qwenc::rt {

Result<GenerationStats> generate(Session &session, Sampler &sampler,
                                 std::span<const int32_t> prompt, const GenerationLimits &limits,
                                 TokenSink &sink) {
  Stopwatch watch;
  GenerationStats stats;
  stats.promptTokens = static_cast<int32_t>(prompt.size());
  auto interrupted = [&] {
    return limits.interrupted && limits.interrupted->load(std::memory_order_relaxed);
  };
  auto finish = [&](StopReason reason) {
    stats.reason = reason;
    return stats;
  };

  for (int32_t token : prompt)
    sampler.accept(token);
  if (Result<void> fed = session.feed(prompt); !fed) {
    if (interrupted())
      return finish(StopReason::Interrupted);
    return fed.takeFailure();
  }
  stats.prefillSeconds = watch.seconds();

  while (limits.tokens < 0 || stats.generatedTokens < limits.tokens) {
    std::span<float> logits = session.logits();
    if (limits.ignoreEnd)
      for (int32_t token : limits.endOfGeneration)
        logits[static_cast<size_t>(token)] = -std::numeric_limits<float>::infinity();
    int32_t token = sampler.sample(logits);
    if (stats.generatedTokens == 0)
      stats.firstTokenSeconds = watch.seconds();
    else
      stats.decodeSeconds = watch.seconds() - stats.firstTokenSeconds;
    if (!limits.ignoreEnd &&
        std::ranges::find(limits.endOfGeneration, token) != limits.endOfGeneration.end())
      return finish(StopReason::EndOfGeneration);
    sampler.accept(token);
    sink.token(token);
    ++stats.generatedTokens;

    if (interrupted())
      return finish(StopReason::Interrupted);
    if (stats.generatedTokens == limits.tokens)
      break;
    if (session.position() == session.context())
      return finish(StopReason::ContextFull);
    if (Result<void> fed = session.feed({&token, 1}); !fed) {
      if (interrupted())
        return finish(StopReason::Interrupted);
      return fed.takeFailure();
    }
    ++stats.decodeSteps;
  }
  return finish(StopReason::TokenLimit);
}

} // namespace qwenc::rt
