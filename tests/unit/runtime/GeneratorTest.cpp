//===- tests/unit/runtime/GeneratorTest.cpp --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/Generator.h"
#include "FakeModel.h"

#include <gtest/gtest.h>

using namespace qwenc;
using namespace qwenc::rt;
using namespace qwenc::rt::test;

namespace {

struct Recorder final : TokenSink {
  void token(int32_t token) override { tokens.push_back(token); }
  std::vector<int32_t> tokens;
};

std::unique_ptr<Session> makeSession(int32_t context, int32_t threads = 1, int32_t rows = 1) {
  auto session = Session::create(
      fakeModel(), fakeModel().kernel_sets[0], fakeWeights(),
      {.context = context, .threads = ThreadPlan::even(threads), .cpus = 2, .logitRows = rows});
  EXPECT_TRUE(session);
  return std::move(*session);
}

/// What greedy decoding must give, step by step on whole sequences.
std::vector<int32_t> greedyReference(std::vector<int32_t> sequence, size_t count) {
  std::vector<int32_t> answer;
  while (answer.size() < count) {
    answer.push_back(argmax(fakeLogits(sequence)));
    sequence.push_back(answer.back());
  }
  return answer;
}

std::vector<int32_t> prompt() { return {5, 9, 2, 33}; }

/// What one generation leaves behind.
struct Outcome {
  std::vector<int32_t> tokens, cache;
  std::vector<float> next; ///< logits after one more token
  GenerationStats stats;
};

/// Generates, with drafts of up to `longest` tokens (0: without lookup) from the
/// text `known`.
Outcome outcomeOf(const SamplerOptions &sampling, const GenerationLimits &limits, int32_t longest,
                  std::span<const int32_t> known, int32_t context = 300, int32_t threads = 1) {
  auto session = makeSession(context, threads, longest + 1);
  Sampler sampler(sampling);
  Recorder recorder;
  PromptLookup lookup(std::max(1, longest));
  lookup.append(known);
  GenerationLimits all = limits;
  all.lookup = longest > 0 ? &lookup : nullptr;
  auto stats = generate(*session, sampler, prompt(), all, recorder);
  EXPECT_TRUE(stats) << stats.error();
  Outcome outcome{recorder.tokens, prompt(), {}, *stats};
  outcome.cache.insert(outcome.cache.end(), recorder.tokens.begin(), recorder.tokens.end());
  outcome.cache.resize(static_cast<size_t>(session->position()));
  if (session->position() < context) {
    outcome.cache.push_back(7);
    EXPECT_TRUE(session->feed(std::span(outcome.cache).last(1)));
    outcome.next.assign(session->logits().begin(), session->logits().end());
    EXPECT_EQ(outcome.next, fakeLogits(outcome.cache)) << "the cache holds other tokens";
  }
  return outcome;
}

void expectSame(const Outcome &with, const Outcome &without) {
  EXPECT_EQ(with.tokens, without.tokens);
  EXPECT_EQ(with.cache, without.cache);
  EXPECT_EQ(with.next, without.next);
  EXPECT_EQ(with.stats.reason, without.stats.reason);
  EXPECT_EQ(with.stats.generatedTokens, without.stats.generatedTokens);
  EXPECT_EQ(with.stats.decodedTokens, without.stats.decodedTokens);
}

/// The prompt and the answer `tokens` with every `period`th token made wrong.
std::vector<int32_t> spoiled(std::vector<int32_t> tokens, size_t period) {
  for (size_t index = period - 1; index < tokens.size(); index += period)
    tokens[index] = (tokens[index] + 1) % static_cast<int32_t>(FakeVocab);
  const std::vector<int32_t> before = prompt();
  tokens.insert(tokens.begin(), before.begin(), before.end());
  return tokens;
}

} // namespace

TEST(Generator, GreedyFollowsTheModelWithAnyThreads) {
  for (int32_t threads : {1, 2, 4}) {
    auto session = makeSession(300, threads);
    Sampler sampler({.temperature = 0});
    Recorder recorder;
    auto stats = generate(*session, sampler, prompt(), {.tokens = 50}, recorder);
    ASSERT_TRUE(stats);
    EXPECT_EQ(recorder.tokens, greedyReference(prompt(), 50));
    EXPECT_EQ(stats->reason, StopReason::TokenLimit);
    EXPECT_EQ(stats->promptTokens, 4);
    EXPECT_EQ(stats->generatedTokens, 50);
    EXPECT_EQ(stats->decodeSteps, 49) << "the last token need not be fed";
    EXPECT_EQ(stats->decodedTokens, 49);
    EXPECT_EQ(stats->draftedTokens, 0);
    EXPECT_EQ(session->position(), 4 + 49);
  }
}

TEST(Generator, StopsAtAnEndToken) {
  std::vector<int32_t> reference = greedyReference(prompt(), 20);
  std::vector<int32_t> ends = {reference[7]};
  size_t first = static_cast<size_t>(std::find(reference.begin(), reference.end(), ends[0]) -
                                     reference.begin());
  auto session = makeSession(300);
  Sampler sampler({.temperature = 0});
  Recorder recorder;
  auto stats = generate(*session, sampler, prompt(), {.endOfGeneration = ends}, recorder);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->reason, StopReason::EndOfGeneration);
  EXPECT_EQ(recorder.tokens,
            std::vector<int32_t>(reference.begin(), reference.begin() + static_cast<long>(first)));
}

TEST(Generator, NeverChoosesAnIgnoredEnd) {
  std::vector<int32_t> ends = {greedyReference(prompt(), 1)[0]};
  auto session = makeSession(300);
  Sampler sampler({.temperature = 0});
  Recorder recorder;
  auto stats = generate(*session, sampler, prompt(),
                        {.tokens = 30, .endOfGeneration = ends, .ignoreEnd = true}, recorder);
  ASSERT_TRUE(stats);
  EXPECT_EQ(recorder.tokens.size(), 30u);
  EXPECT_EQ(std::count(recorder.tokens.begin(), recorder.tokens.end(), ends[0]), 0);
}

TEST(Generator, FillsTheContextAndStops) {
  auto session = makeSession(20);
  Sampler sampler({.temperature = 0});
  Recorder recorder;
  auto stats = generate(*session, sampler, prompt(), {}, recorder);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->reason, StopReason::ContextFull);
  EXPECT_EQ(session->position(), 20);
  EXPECT_EQ(recorder.tokens, greedyReference(prompt(), 17)) << "the last one is not fed";
}

TEST(Generator, GeneratesNothingWhenAskedForNothing) {
  auto session = makeSession(20);
  Sampler sampler({.temperature = 0});
  Recorder recorder;
  auto stats = generate(*session, sampler, prompt(), {.tokens = 0}, recorder);
  ASSERT_TRUE(stats);
  EXPECT_TRUE(recorder.tokens.empty());
  EXPECT_EQ(stats->reason, StopReason::TokenLimit);
}

TEST(Generator, TheSameSeedGivesTheSameText) {
  auto run = [](uint64_t seed) {
    auto session = makeSession(300);
    Sampler sampler({.temperature = 1, .topK = 0, .topP = 1, .seed = seed});
    Recorder recorder;
    EXPECT_TRUE(generate(*session, sampler, prompt(), {.tokens = 40}, recorder));
    return recorder.tokens;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Generator, CtrlCEndsTheAnswer) {
  std::atomic<bool> interrupted{false};
  struct Interrupter final : TokenSink {
    void token(int32_t) override {
      if (++count == 3)
        *flag = true;
    }
    int count = 0;
    std::atomic<bool> *flag;
  } sink;
  sink.flag = &interrupted;
  auto session = makeSession(300);
  Sampler sampler({.temperature = 0});
  auto stats = generate(*session, sampler, prompt(), {.interrupted = &interrupted}, sink);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->reason, StopReason::Interrupted);
  EXPECT_EQ(stats->generatedTokens, 3);
}

// How many drafts there are depends on the clock, what comes out does not.
TEST(Generator, LookupGivesTheSameTokens) {
  const std::vector<int32_t> answer = greedyReference(prompt(), 120);
  const Outcome plain = outcomeOf({.temperature = 0}, {.tokens = 120}, 0, {});
  for (int32_t threads : {1, 3})
    for (int32_t longest : {1, 3, 15, 23, 40}) { // 24 is the model's largest batch
      Outcome right = outcomeOf({.temperature = 0}, {.tokens = 120}, longest, spoiled(answer, 1000),
                                300, threads);
      expectSame(right, plain);
      EXPECT_EQ(right.stats.acceptedTokens, right.stats.draftedTokens);
      EXPECT_EQ(right.stats.acceptedTokens + right.stats.decodeSteps, 119);
      EXPECT_GT(right.stats.acceptedTokens, 0);
      for (size_t period : {1u, 2u, 5u, 9u}) {
        Outcome wrong = outcomeOf({.temperature = 0}, {.tokens = 120}, longest,
                                  spoiled(answer, period), 300, threads);
        expectSame(wrong, plain);
        EXPECT_EQ(wrong.stats.acceptedTokens + wrong.stats.decodeSteps, 119);
      }
    }
}

TEST(Generator, LookupIsExactForDrawnTokensToo) {
  for (uint64_t seed : {1u, 2u, 3u}) {
    const SamplerOptions sampling{
        .temperature = 0.9f, .topK = 30, .repeatPenalty = 1.3f, .seed = seed};
    const Outcome plain = outcomeOf(sampling, {.tokens = 100}, 0, {});
    const Outcome with = outcomeOf(sampling, {.tokens = 100}, 7, spoiled(plain.tokens, 6));
    expectSame(with, plain);
    EXPECT_GT(with.stats.acceptedTokens, 0);
  }
}

TEST(Generator, LookupEndsWherePlainDecodingEnds) {
  const std::vector<int32_t> answer = greedyReference(prompt(), 60);
  const std::vector<int32_t> known = spoiled(answer, 1000);
  for (size_t at : {0u, 1u, 10u, 11u, 12u, 30u}) { // at any place of a draft
    const std::vector<int32_t> ends = {answer[at]};
    for (bool ignore : {false, true}) {
      const GenerationLimits limits{.tokens = 50, .endOfGeneration = ends, .ignoreEnd = ignore};
      expectSame(outcomeOf({.temperature = 0}, limits, 15, known),
                 outcomeOf({.temperature = 0}, limits, 0, {}));
    }
  }
  for (int32_t tokens = 0; tokens < 24; ++tokens)
    expectSame(outcomeOf({.temperature = 0}, {.tokens = tokens}, 6, known),
               outcomeOf({.temperature = 0}, {.tokens = tokens}, 0, {}));
  for (int32_t context = 4; context < 40; ++context)
    expectSame(outcomeOf({.temperature = 0}, {}, 15, known, context),
               outcomeOf({.temperature = 0}, {}, 0, {}, context));
}
