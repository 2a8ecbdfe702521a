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

std::unique_ptr<Session> makeSession(int32_t context, int32_t threads = 1) {
  auto session = Session::create(fakeModel(), fakeModel().kernel_sets[0], fakeWeights(),
                                 {.context = context, .threads = threads, .cpus = 2});
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

const std::vector<int32_t> Prompt = {5, 9, 2, 33};

} // namespace

TEST(Generator, GreedyFollowsTheModelWithAnyThreads) {
  for (int32_t threads : {1, 2, 4}) {
    auto session = makeSession(300, threads);
    Sampler sampler({.temperature = 0});
    Recorder recorder;
    auto stats = generate(*session, sampler, Prompt, {.tokens = 50}, recorder);
    ASSERT_TRUE(stats);
    EXPECT_EQ(recorder.tokens, greedyReference(Prompt, 50));
    EXPECT_EQ(stats->reason, StopReason::TokenLimit);
    EXPECT_EQ(stats->promptTokens, 4);
    EXPECT_EQ(stats->generatedTokens, 50);
    EXPECT_EQ(stats->decodeSteps, 49) << "the last token need not be fed";
    EXPECT_EQ(session->position(), 4 + 49);
  }
}

TEST(Generator, StopsAtAnEndToken) {
  std::vector<int32_t> reference = greedyReference(Prompt, 20);
  std::vector<int32_t> ends = {reference[7]};
  size_t first = static_cast<size_t>(std::find(reference.begin(), reference.end(), ends[0]) -
                                     reference.begin());
  auto session = makeSession(300);
  Sampler sampler({.temperature = 0});
  Recorder recorder;
  auto stats = generate(*session, sampler, Prompt, {.endOfGeneration = ends}, recorder);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->reason, StopReason::EndOfGeneration);
  EXPECT_EQ(recorder.tokens,
            std::vector<int32_t>(reference.begin(), reference.begin() + static_cast<long>(first)));
}

TEST(Generator, NeverChoosesAnIgnoredEnd) {
  std::vector<int32_t> ends = {greedyReference(Prompt, 1)[0]};
  auto session = makeSession(300);
  Sampler sampler({.temperature = 0});
  Recorder recorder;
  auto stats = generate(*session, sampler, Prompt,
                        {.tokens = 30, .endOfGeneration = ends, .ignoreEnd = true}, recorder);
  ASSERT_TRUE(stats);
  EXPECT_EQ(recorder.tokens.size(), 30u);
  EXPECT_EQ(std::count(recorder.tokens.begin(), recorder.tokens.end(), ends[0]), 0);
}

TEST(Generator, FillsTheContextAndStops) {
  auto session = makeSession(20);
  Sampler sampler({.temperature = 0});
  Recorder recorder;
  auto stats = generate(*session, sampler, Prompt, {}, recorder);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->reason, StopReason::ContextFull);
  EXPECT_EQ(session->position(), 20);
  EXPECT_EQ(recorder.tokens, greedyReference(Prompt, 17)) << "the last one is not fed";
}

TEST(Generator, GeneratesNothingWhenAskedForNothing) {
  auto session = makeSession(20);
  Sampler sampler({.temperature = 0});
  Recorder recorder;
  auto stats = generate(*session, sampler, Prompt, {.tokens = 0}, recorder);
  ASSERT_TRUE(stats);
  EXPECT_TRUE(recorder.tokens.empty());
  EXPECT_EQ(stats->reason, StopReason::TokenLimit);
}

TEST(Generator, TheSameSeedGivesTheSameText) {
  auto run = [](uint64_t seed) {
    auto session = makeSession(300);
    Sampler sampler({.temperature = 1, .topK = 0, .topP = 1, .seed = seed});
    Recorder recorder;
    EXPECT_TRUE(generate(*session, sampler, Prompt, {.tokens = 40}, recorder));
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
  auto stats = generate(*session, sampler, Prompt, {.interrupted = &interrupted}, sink);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->reason, StopReason::Interrupted);
  EXPECT_EQ(stats->generatedTokens, 3);
}
