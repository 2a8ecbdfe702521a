//===- runtime/cli/BenchCommand.cpp - how fast the model runs --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/BenchReport.h"
#include "runtime/cli/Commands.h"
#include "runtime/cli/Console.h"
#include "runtime/core/MemoryLimit.h"
#include "runtime/profile/TraceFile.h"

#include <algorithm>

namespace qwenc::rt {
namespace {

/// Each repetition sees the same tokens, on every machine.
constexpr uint64_t TokenSeed = 20250101;

std::vector<int32_t> randomTokens(int32_t count, uint32_t vocab) {
  RandomEngine random(TokenSeed);
  std::vector<int32_t> tokens(static_cast<size_t>(count));
  for (int32_t &token : tokens)
    token = static_cast<int32_t>(random.nextBelow(vocab));
  return tokens;
}

Result<void> feedPrompt(Session &session, std::span<const int32_t> tokens) {
  return session.feed(tokens);
}

/// One step a token, each with output head and argmax. What argmax finds is not
/// fed back: the work must not depend on the model's taste.
Result<void> feedSingly(Session &session, std::span<const int32_t> tokens) {
  for (const int32_t &token : tokens) {
    if (Result<void> fed = session.feed({&token, 1}); !fed)
      return fed;
    volatile int32_t best = session.likeliest();
    (void)best;
  }
  return {};
}

using Part = Result<void> (*)(Session &, std::span<const int32_t>);

/// Steps of each phase that --trace keeps.
constexpr size_t TracedSteps = 8;

/// A profiler for one phase, if the command line asks for one.
std::optional<Profiler> makeProfiler(const Session &session, const BenchOptions &bench) {
  if (!bench.profile && bench.traceFile.empty())
    return std::nullopt;
  const QwenModel &model = session.model();
  size_t slices = model.barriers_per_token;
  for (size_t op = 0; op < model.op_count; ++op)
    slices += model.ops[op].executions;
  return Profiler(model, session.threads(), bench.traceFile.empty() ? 0 : slices * TracedSteps);
}

/// Runs `part` on `tokens` from position `depth` on, again and again; the
/// samples are tokens per second. Measured repetitions are profiled.
Result<BenchPart> measure(Session &session, const BenchOptions &bench, Part part,
                          std::span<const int32_t> tokens, std::optional<Profiler> &profiler) {
  BenchPart measured;
  measured.tokens = static_cast<int32_t>(tokens.size());
  for (int32_t run = -bench.warmup; run < bench.repetitions; ++run) {
    session.truncate(bench.depth);
    if (profiler && run == 0)
      profiler->attach(session);
    Stopwatch watch;
    if (Result<void> done = part(session, tokens); !done)
      return done.takeFailure();
    double seconds = std::max(watch.seconds(), 1e-9);
    if (run >= 0)
      measured.samples.push_back(static_cast<double>(tokens.size()) / seconds);
  }
  Profiler::detach(session);
  return measured;
}

Result<BenchReport> runBench(const Program &program) {
  const Options &options = program.options();
  const BenchOptions &bench = options.bench;
  const int64_t longest = std::max({bench.promptTokens, bench.generatedTokens, 1});
  const int64_t context = bench.depth + longest;
  if (context > program.model().context_max)
    return Failure{"--depth and the longer of --pp and --tg make " + std::to_string(context) +
                   " tokens, more than the model's context of " +
                   std::to_string(program.model().context_max)};
  Result<std::unique_ptr<Session>> started = program.startSession(static_cast<int32_t>(context), 1);
  if (!started)
    return started.takeFailure();
  Session &session = **started;

  BenchReport report;
  report.loadMillis = program.secondsSinceStart() * 1e3;
  report.model = program.model().name;
  report.threads = session.threads();
  report.depth = bench.depth;
  report.target = session.kernelSet().cpu;

  const std::vector<int32_t> tokens =
      randomTokens(static_cast<int32_t>(context), program.model().vocab);
  std::span<const int32_t> afterDepth = std::span(tokens).subspan(static_cast<size_t>(bench.depth));
  if (Result<void> filled = session.feed(std::span(tokens).first(static_cast<size_t>(bench.depth)));
      !filled)
    return filled.takeFailure();

  std::optional<Profiler> promptProfiler = makeProfiler(session, bench);
  std::optional<Profiler> generationProfiler = makeProfiler(session, bench);
  const int64_t runs = bench.repetitions;
  if (bench.promptTokens > 0) {
    Result<BenchPart> part =
        measure(session, bench, feedPrompt,
                afterDepth.first(static_cast<size_t>(bench.promptTokens)), promptProfiler);
    if (!part)
      return part.takeFailure();
    report.prompt = std::move(*part);
    if (bench.profile)
      report.promptProfile = summarize(
          *promptProfiler, {.tokens = runs * bench.promptTokens, .logitRows = runs}, false);
  }
  if (bench.generatedTokens > 0) {
    Result<BenchPart> part =
        measure(session, bench, feedSingly,
                afterDepth.first(static_cast<size_t>(bench.generatedTokens)), generationProfiler);
    if (!part)
      return part.takeFailure();
    report.generation = std::move(*part);
    const int64_t tokens = runs * bench.generatedTokens;
    if (bench.profile)
      report.generationProfile =
          summarize(*generationProfiler, {.tokens = tokens, .logitRows = tokens}, true);
  }
  if (!bench.traceFile.empty()) {
    const TracedPhase phases[] = {{"prefill", &*promptProfiler}, {"decode", &*generationProfiler}};
    if (Result<void> written = writeTrace(bench.traceFile, phases); !written)
      return written.takeFailure();
  }

  // Counted, not promised: the barriers of one more single step.
  session.truncate(bench.depth);
  uint64_t before = session.barrierCount();
  if (Result<void> stepped = session.feed(afterDepth.first(1)); !stepped)
    return stepped.takeFailure();
  report.barriersPerToken = session.barrierCount() - before;
  report.residentBytes = peakResidentBytes();
  return report;
}

} // namespace

int benchCommand(const Program &program) {
  Result<BenchReport> report = runBench(program);
  if (interruptFlag().load())
    return ExitInterrupted;
  if (!report)
    return reportError(report.error());
  writeOut(program.options().json ? benchJson(*report) : benchText(*report));
  return ExitDone;
}

} // namespace qwenc::rt
