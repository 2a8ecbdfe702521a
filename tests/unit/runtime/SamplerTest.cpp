//===- tests/unit/runtime/SamplerTest.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/sampling/Sampler.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

using namespace qwenc::rt;

namespace {

/// How often each of the tokens is drawn in `draws`.
template <size_t N>
std::array<double, N> frequencies(const std::array<float, N> &logits, SamplerOptions options,
                                  int draws = 20000) {
  Sampler sampler(options);
  std::array<double, N> share{};
  for (int draw = 0; draw < draws; ++draw) {
    std::array<float, N> copy = logits;
    share[static_cast<size_t>(sampler.sample(copy))] += 1.0 / draws;
  }
  return share;
}

} // namespace

TEST(RandomEngine, IsTheSameEverywhere) {
  // xoshiro256++ after SplitMix64(1234567), whose first outputs are published:
  // 6457827717110365317, 3203168211198807973, 9817491932198370423,
  // 4593380528125082431.
  const uint64_t s0 = 6457827717110365317u, s3 = 4593380528125082431u;
  RandomEngine random(1234567);
  EXPECT_EQ(random.next(), std::rotl(s0 + s3, 23) + s0);
  for (int draw = 0; draw < 1000; ++draw) {
    double unit = random.nextUnit();
    EXPECT_TRUE(unit >= 0 && unit < 1);
    EXPECT_LT(random.nextBelow(7), 7u);
  }
}

TEST(Sampler, TemperatureZeroIsGreedy) {
  Sampler sampler({.temperature = 0});
  std::array<float, 4> logits = {1, 3, 3, 2};
  EXPECT_EQ(sampler.sample(logits), 1);
}

TEST(Sampler, DrawsInProportion) {
  auto share = frequencies(std::array<float, 3>{std::log(0.6f), std::log(0.3f), std::log(0.1f)},
                           {.temperature = 1, .topK = 0, .topP = 1, .seed = 3});
  EXPECT_NEAR(share[0], 0.6, 0.02);
  EXPECT_NEAR(share[1], 0.3, 0.02);
  EXPECT_NEAR(share[2], 0.1, 0.02);
}

TEST(Sampler, TemperatureSharpens) {
  // At temperature 1/2 probabilities are squared: 0.36 to 0.09 to 0.01.
  auto share = frequencies(std::array<float, 3>{std::log(0.6f), std::log(0.3f), std::log(0.1f)},
                           {.temperature = 0.5f, .topK = 0, .topP = 1, .seed = 4});
  EXPECT_NEAR(share[0], 0.36 / 0.46, 0.02);
  EXPECT_NEAR(share[2], 0.01 / 0.46, 0.02);
}

TEST(Sampler, FiltersBeforeDrawing) {
  const std::array<float, 4> logits = {std::log(0.4f), std::log(0.3f), std::log(0.2f),
                                       std::log(0.1f)};
  auto topK = frequencies(logits, {.temperature = 1, .topK = 2, .topP = 1, .seed = 5});
  EXPECT_NEAR(topK[0], 4.0 / 7, 0.02);
  EXPECT_EQ(topK[2] + topK[3], 0);
  auto topP = frequencies(logits, {.temperature = 1, .topK = 0, .topP = 0.85f, .seed = 6});
  EXPECT_NEAR(topP[2], 2.0 / 9, 0.02);
  EXPECT_EQ(topP[3], 0);
  auto minP =
      frequencies(logits, {.temperature = 1, .topK = 0, .topP = 1, .minP = 0.6f, .seed = 7});
  EXPECT_NEAR(minP[1], 3.0 / 7, 0.02);
  EXPECT_EQ(minP[2] + minP[3], 0);
}

TEST(Sampler, PenaltyTurnsGreedyAway) {
  Sampler sampler({.temperature = 0, .repeatPenalty = 1.5f});
  sampler.accept(0);
  std::array<float, 3> logits = {3, 2.5f, -1};
  EXPECT_EQ(sampler.sample(logits), 1);
}

TEST(RepetitionPenalty, DividesPositiveAndMultipliesNegativeOnce) {
  RepetitionPenalty penalty(2);
  for (int32_t token : {0, 1, 1, 0})
    penalty.accept(token);
  std::array<float, 3> logits = {4, -4, 4};
  penalty.apply(logits);
  EXPECT_EQ(logits, (std::array<float, 3>{2, -8, 4}));
}

TEST(RepetitionPenalty, ForgetsAfter64Tokens) {
  RepetitionPenalty penalty(2);
  penalty.accept(0);
  for (int count = 0; count < RepetitionPenalty::Window - 1; ++count)
    penalty.accept(1);
  std::array<float, 2> logits = {4, 4};
  penalty.apply(logits);
  EXPECT_EQ(logits[0], 2) << "64 tokens: still there";
  penalty.accept(1);
  logits = {4, 4};
  penalty.apply(logits);
  EXPECT_EQ(logits[0], 4);
  EXPECT_EQ(logits[1], 2);
}
