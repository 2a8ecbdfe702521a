//===- tests/unit/runtime/PerplexityTest.cpp -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/Perplexity.h"
#include "FakeModel.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace qwenc;
using namespace qwenc::rt;
using namespace qwenc::rt::test;

namespace {

struct Collector final : PerplexityObserver {
  Result<void> scored(std::span<const float> logits) override {
    rows.emplace_back(logits.begin(), logits.end());
    if (rows.size() == failAt)
      return Failure{"disk full"};
    return {};
  }
  void chunkDone(int32_t chunk, int32_t, const PerplexityMeter &) override { chunks = chunk + 1; }

  std::vector<std::vector<float>> rows;
  int32_t chunks = 0;
  size_t failAt = 0;
};

std::vector<int32_t> someTokens(size_t count) {
  std::vector<int32_t> tokens(count);
  for (size_t index = 0; index < count; ++index)
    tokens[index] = static_cast<int32_t>((index * index + 3 * index) % FakeVocab);
  return tokens;
}

std::unique_ptr<Session> makeSession() {
  auto session =
      Session::create(fakeModel(), fakeModel().kernel_sets[0], fakeWeights(),
                      {.context = 40, .threads = ThreadPlan::even(2), .cpus = 2, .logitRows = 6});
  EXPECT_TRUE(session);
  return std::move(*session);
}

/// The definition, word by word: all the chunk's positions, softmax in long
/// double, the variance in two passes.
struct Expected {
  double perplexity, standardError;
  std::vector<std::vector<float>> rows;
};

Expected byDefinition(const std::vector<int32_t> &tokens, size_t context, size_t chunks,
                      int32_t bos) {
  std::vector<long double> scores;
  Expected expected{};
  for (size_t chunk = 0; chunk < chunks; ++chunk) {
    std::vector<int32_t> part(tokens.begin() + static_cast<long>(chunk * context),
                              tokens.begin() + static_cast<long>((chunk + 1) * context));
    if (bos >= 0)
      part[0] = bos;
    for (size_t position = context / 2; position + 1 < context; ++position) {
      std::vector<float> logits = fakeLogits(std::span(part).first(position + 1));
      long double sum = 0;
      for (float logit : logits)
        sum += std::exp(static_cast<long double>(logit));
      scores.push_back(std::log(sum) - logits[static_cast<size_t>(part[position + 1])]);
      expected.rows.push_back(std::move(logits));
    }
  }
  long double mean = 0, variance = 0;
  for (long double score : scores)
    mean += score / static_cast<long double>(scores.size());
  for (long double score : scores)
    variance += (score - mean) * (score - mean) / static_cast<long double>(scores.size());
  expected.perplexity = static_cast<double>(std::exp(mean));
  expected.standardError =
      expected.perplexity *
      static_cast<double>(std::sqrt(variance / static_cast<long double>(scores.size() - 1)));
  return expected;
}

} // namespace

TEST(Perplexity, FollowsTheDefinition) {
  for (int32_t bos : {-1, 4})
    for (int32_t context : {4, 17, 40}) {
      std::vector<int32_t> tokens = someTokens(static_cast<size_t>(context) * 3 + 2);
      PerplexityRun run{.context = context, .mostChunks = 0, .bos = bos};
      ASSERT_EQ(countChunks(tokens.size(), run), 3);
      auto session = makeSession();
      Collector collector;
      auto meter = measurePerplexity(*session, tokens, run, collector);
      ASSERT_TRUE(meter) << meter.error();
      Expected expected = byDefinition(tokens, static_cast<size_t>(context), 3, bos);
      EXPECT_EQ(collector.chunks, 3);
      EXPECT_EQ(collector.rows, expected.rows);
      EXPECT_EQ(meter->tokens(), static_cast<int64_t>(expected.rows.size()));
      EXPECT_NEAR(meter->perplexity(), expected.perplexity, 1e-4 * expected.perplexity);
      EXPECT_NEAR(meter->standardError(), expected.standardError, 1e-4 * expected.standardError);
    }
}

TEST(Perplexity, ScoresTwoHundredAndFiftyFiveTokensOfAChunkOf512) {
  EXPECT_EQ(512 - 1 - 512 / 2, 255); // positions 256 .. 510
  EXPECT_EQ(countChunks(511, {.context = 512}), 0);
  EXPECT_EQ(countChunks(1023, {.context = 512}), 1);
  EXPECT_EQ(countChunks(4096, {.context = 512, .mostChunks = 4}), 4);
}

TEST(Perplexity, RefusesTokensOutsideTheVocabulary) {
  auto session = makeSession();
  Collector collector;
  std::vector<int32_t> tokens = someTokens(8);
  tokens[7] = static_cast<int32_t>(FakeVocab); // only predicted, never fed
  EXPECT_FALSE(measurePerplexity(*session, tokens, {.context = 8}, collector));
}

TEST(Perplexity, EndsWithTheObserversFailure) {
  auto session = makeSession();
  Collector collector;
  collector.failAt = 2;
  auto meter = measurePerplexity(*session, someTokens(80), {.context = 40}, collector);
  ASSERT_FALSE(meter);
  EXPECT_EQ(meter.error(), "disk full");
  EXPECT_EQ(collector.rows.size(), 2u);
}

TEST(Perplexity, LikelihoodStandsExtremeLogits) {
  std::vector<float> logits = {-3e38f, 1000, 1000, -1000};
  EXPECT_NEAR(negativeLogLikelihood(logits, 1), std::log(2.0), 1e-6);
  EXPECT_NEAR(negativeLogLikelihood(logits, 3), 2000 + std::log(2.0), 1e-3);
}
