//===- runtime/cli/Answer.cpp - what run and chat have in common -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/Answer.h"
#include "runtime/cli/Console.h"
#include "runtime/core/ByteSize.h"

#include <algorithm>
#include <ctime>
#include <sys/random.h>

namespace qwenc::rt {
namespace {

uint64_t randomSeed() {
  uint32_t seed;
  if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
    return seed; // 32 bits are easier to type again
  return static_cast<uint64_t>(std::time(nullptr));
}

double perSecond(int32_t tokens, double seconds) { return seconds > 0 ? tokens / seconds : 0; }

} // namespace

int32_t chooseContext(const Program &program) {
  if (program.options().run.context > 0)
    return program.options().run.context;
  return static_cast<int32_t>(
      std::min<uint32_t>(program.model().context_max, static_cast<uint32_t>(DefaultContext)));
}

SamplerOptions chooseSampling(const RunOptions &run) {
  SamplerOptions sampling = run.sampling;
  if (!run.hasSeed)
    sampling.seed = randomSeed();
  return sampling;
}

void TextSink::show(const std::string &piece) {
  if (piece.empty())
    return;
  writeOut(piece);
  shown += piece;
}

void TextSink::token(int32_t token) {
  seen.push_back(token);
  if (tokenizer.isControl(token))
    return;
  std::string piece;
  decoder.feed(tokenizer.decode(token), piece);
  show(piece);
}

void TextSink::finish() {
  std::string rest;
  decoder.flush(rest);
  show(rest);
  writeOut("\n");
}

Result<std::unique_ptr<Session>> startAnswering(const Program &program, int32_t context) {
  return program.startSession(context, 1 + program.options().run.lookup);
}

std::optional<PromptLookup> chooseLookup(const RunOptions &run) {
  if (run.lookup == 0)
    return std::nullopt;
  return PromptLookup(run.lookup);
}

Result<GenerationStats> answer(const Program &program, Session &session, Sampler &sampler,
                               PromptLookup *lookup, std::span<const int32_t> prompt,
                               TextSink &sink) {
  const RunOptions &run = program.options().run;
  GenerationLimits limits;
  limits.tokens = run.tokens;
  limits.endOfGeneration = program.tokenizer().view().endTokens();
  limits.ignoreEnd = run.ignoreEos;
  limits.interrupted = &interruptFlag();
  limits.lookup = lookup;
  return generate(session, sampler, prompt, limits, sink);
}

std::string timingLine(const GenerationStats &stats, double loadSeconds) {
  std::string line =
      format("load %.1f ms | prompt %d tokens, %.1f tok/s", loadSeconds * 1e3, stats.promptTokens,
             perSecond(stats.promptTokens, stats.prefillSeconds));
  if (stats.firstTokenSeconds > 0)
    line += format(" | first token after %.1f ms", (loadSeconds + stats.firstTokenSeconds) * 1e3);
  line += format(" | answer %d tokens", stats.generatedTokens);
  if (stats.decodedTokens > 0)
    line += format(", %.2f tok/s", perSecond(stats.decodedTokens, stats.decodeSeconds));
  if (stats.draftedTokens > 0)
    line += format(" | lookup %d of %d right, %d steps", stats.acceptedTokens, stats.draftedTokens,
                   stats.decodeSteps);
  return line + "\n";
}

std::string describeSession(const Program &program, const Session &session,
                            const SamplerOptions &sampling) {
  const QwenModel &model = program.model();
  const QwenKernelSet &set = session.kernelSet();
  std::string text = format("model %s (%s), %s of weights\n", model.name, model.arch,
                            formatBytes(program.payload().weights().size()).c_str());
  text += format("code for %s (%s), %d threads\n", set.cpu, set.kernel_class, session.threads());
  text += format("context %d tokens, %s of cache\n", session.context(),
                 formatBytes(uint64_t(session.context()) * model.kv_bytes_per_token).c_str());
  if (sampling.temperature > 0)
    text += format("temperature %g, top-k %d, top-p %g, min-p %g, seed %llu\n",
                   static_cast<double>(sampling.temperature), sampling.topK,
                   static_cast<double>(sampling.topP), static_cast<double>(sampling.minP),
                   static_cast<unsigned long long>(sampling.seed));
  else
    text += "greedy\n";
  return text;
}

} // namespace qwenc::rt
