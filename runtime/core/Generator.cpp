//===- runtime/core/Generator.cpp - from a prompt to an answer -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A step computes the logits after the last chosen token and, with lookup, after
// each token of a draft too:
//
//   fed       c  d0 d1 d2        c was chosen before, d0 d1 d2 is the draft
//   row       0  1  2  3         a row of logits each
//   chosen    d0 d1 x            row 0 gave d0, row 1 gave d1, row 2 gave x
//
// As long as what is chosen from a row is what was fed behind it, the next row
// holds the logits to choose from. Then d2 is wrong: the session forgets it, and
// the next step begins with x.
//===----------------------------------------------------------------------===//
#include "runtime/core/Generator.h"
#include "runtime/core/Stopwatch.h"

#include <algorithm>
#include <limits>

namespace qwenc::rt {
namespace {

class Generation {
public:
  Generation(Session &session, Sampler &sampler, const GenerationLimits &limits, TokenSink &sink)
      : session(session), sampler(sampler), limits(limits), sink(sink) {}

  Result<GenerationStats> run(std::span<const int32_t> prompt);

private:
  bool interrupted() const {
    return limits.interrupted && limits.interrupted->load(std::memory_order_relaxed);
  }
  bool atLimit() const { return stats.generatedTokens == limits.tokens; }
  bool endsAnswer(int32_t token) const {
    return !limits.ignoreEnd &&
           std::ranges::find(limits.endOfGeneration, token) != limits.endOfGeneration.end();
  }
  /// Tokens of the session's cache up to the current row.
  int32_t usedPositions() const {
    return session.position() - static_cast<int32_t>(draft.size() - row);
  }
  bool nextIsDrafted(int32_t token) const { return row < draft.size() && draft[row] == token; }

  int32_t chooseFromRow();
  int32_t choose();
  std::span<const int32_t> guess();
  Result<void> step(int32_t token);
  void endDraft();

  Session &session;
  Sampler &sampler;
  const GenerationLimits &limits;
  TokenSink &sink;
  Stopwatch watch;
  GenerationStats stats;
  double plainSeconds = 0;    ///< of a step without a draft, lately
  double draftSeconds = 0;    ///< of the last step with one
  std::vector<int32_t> draft; ///< of the last step
  size_t row = 0;             ///< of its logits: draft tokens found right so far
};

/// A token from the current row of logits.
int32_t Generation::chooseFromRow() {
  auto isEnd = [&](int32_t token) {
    return std::ranges::find(limits.endOfGeneration, token) != limits.endOfGeneration.end();
  };
  if (draft.empty() && sampler.takesLikeliest()) {
    const int32_t likeliest = session.likeliest();
    if (!limits.ignoreEnd || !isEnd(likeliest))
      return likeliest;
  }
  std::span<float> logits = draft.empty() ? session.logits() : session.logitsOf(row);
  if (limits.ignoreEnd)
    for (int32_t token : limits.endOfGeneration)
      logits[static_cast<size_t>(token)] = -std::numeric_limits<float>::infinity();
  return sampler.sample(logits);
}

/// The next token, and when it came.
int32_t Generation::choose() {
  int32_t token = chooseFromRow();
  if (stats.firstTokenSeconds == 0) {
    stats.firstTokenSeconds = watch.seconds();
  } else {
    stats.decodeSeconds = watch.seconds() - stats.firstTokenSeconds;
    ++stats.decodedTokens;
  }
  return token;
}

/// Forgets what was fed of a draft behind the current row.
void Generation::endDraft() {
  if (draft.empty())
    return;
  session.truncate(usedPositions());
  const int32_t accepted = static_cast<int32_t>(row);
  stats.draftedTokens += static_cast<int32_t>(draft.size());
  stats.acceptedTokens += accepted;
  limits.lookup->judge(accepted, draftSeconds / plainSeconds);
  draft.clear();
  row = 0;
}

/// A draft of what may follow the text; none as long as there is no plain step to
/// compare it with.
std::span<const int32_t> Generation::guess() {
  int32_t most = std::min(session.context() - session.position(), session.mostRows()) - 1;
  if (limits.tokens >= 0) // the last token is chosen from the row of the one before it
    most = std::min(most, limits.tokens - stats.generatedTokens - 1);
  if (!limits.lookup || plainSeconds == 0)
    return {};
  return limits.lookup->draft(most);
}

/// Feeds `token` and a draft, if there is one.
Result<void> Generation::step(int32_t token) {
  ++stats.decodeSteps;
  std::span<const int32_t> guessed = guess();
  Stopwatch stepWatch;
  if (guessed.empty()) {
    Result<void> done = session.feed({&token, 1});
    const double seconds = std::max(stepWatch.seconds(), 1e-9);
    // The first one is often slow; later ones hardly differ but for interruptions.
    plainSeconds =
        plainSeconds == 0 ? seconds : std::min(seconds, 0.9 * plainSeconds + 0.1 * seconds);
    return done;
  }
  std::vector<int32_t> fed = {token};
  fed.insert(fed.end(), guessed.begin(), guessed.end());
  Result<void> done = session.feedRows(fed);
  draftSeconds = stepWatch.seconds();
  if (done)
    draft.assign(guessed.begin(), guessed.end());
  return done;
}

Result<GenerationStats> Generation::run(std::span<const int32_t> prompt) {
  auto finish = [&](StopReason reason) {
    endDraft();
    stats.reason = reason;
    return stats;
  };
  stats.promptTokens = static_cast<int32_t>(prompt.size());
  for (int32_t token : prompt)
    sampler.accept(token);
  if (limits.lookup)
    limits.lookup->append(prompt);
  if (Result<void> fed = session.feed(prompt); !fed) {
    if (interrupted())
      return finish(StopReason::Interrupted);
    return fed.takeFailure();
  }
  stats.prefillSeconds = watch.seconds();

  while (!atLimit()) {
    int32_t token = choose();
    if (endsAnswer(token))
      return finish(StopReason::EndOfGeneration);
    sampler.accept(token);
    if (limits.lookup)
      limits.lookup->append({&token, 1});
    sink.token(token);
    ++stats.generatedTokens;

    if (interrupted())
      return finish(StopReason::Interrupted);
    if (atLimit())
      break;
    if (nextIsDrafted(token)) {
      ++row;
      continue;
    }
    endDraft();
    if (session.position() == session.context())
      return finish(StopReason::ContextFull);
    if (Result<void> fed = step(token); !fed) {
      if (interrupted())
        return finish(StopReason::Interrupted);
      return fed.takeFailure();
    }
  }
  return finish(StopReason::TokenLimit);
}

} // namespace

Result<GenerationStats> generate(Session &session, Sampler &sampler,
                                 std::span<const int32_t> prompt, const GenerationLimits &limits,
                                 TokenSink &sink) {
  return Generation(session, sampler, limits, sink).run(prompt);
}

} // namespace qwenc::rt
