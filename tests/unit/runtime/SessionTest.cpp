//===- tests/unit/runtime/SessionTest.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/Session.h"
#include "FakeModel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

using namespace qwenc;
using namespace qwenc::rt;
using namespace qwenc::rt::test;

namespace {

std::unique_ptr<Session> makeSession(const SessionOptions &options = {.context = 300}) {
  auto session = Session::create(fakeModel(), fakeModel().kernel_sets[0], fakeWeights(), options);
  EXPECT_TRUE(session) << session.error();
  return std::move(*session);
}

std::vector<int32_t> someTokens(size_t count) {
  std::vector<int32_t> tokens(count);
  for (size_t index = 0; index < count; ++index)
    tokens[index] = static_cast<int32_t>(index * 37 % FakeVocab);
  return tokens;
}

std::vector<float> lastLogits(Session &session) {
  return {session.logits().begin(), session.logits().end()};
}

} // namespace

TEST(Session, BatchesOfAnySizeGiveTheLogitsOfTheWhole) {
  for (int32_t threads : {1, 2, 3})
    for (size_t count : {1u, 2u, 23u, 24u, 25u, 48u, 299u, 300u}) {
      auto session = makeSession({.context = 300, .threads = ThreadPlan::even(threads), .cpus = 2});
      std::vector<int32_t> tokens = someTokens(count);
      ASSERT_TRUE(session->feed(tokens));
      EXPECT_EQ(session->position(), static_cast<int32_t>(count));
      EXPECT_EQ(lastLogits(*session), fakeLogits(tokens)) << count << " with " << threads;
    }
}

TEST(Session, SingleStepsEqualOnePrefill) {
  auto session = makeSession({.context = 300, .threads = ThreadPlan::even(2), .cpus = 2});
  std::vector<int32_t> tokens = someTokens(60);
  for (size_t index = 0; index < tokens.size(); ++index) {
    ASSERT_TRUE(session->feed({&tokens[index], 1}));
    EXPECT_EQ(lastLogits(*session), fakeLogits(std::span(tokens).first(index + 1)));
  }
  EXPECT_EQ(session->barrierCount(), 60u * FakeBarriers);
}

TEST(Session, KnowsTheLikeliestTokenOfPromptsAndSingleSteps) {
  for (int32_t threads : {1, 3}) {
    auto session = makeSession({.context = 300, .threads = ThreadPlan::even(threads), .cpus = 2});
    std::vector<int32_t> tokens = someTokens(31);
    for (size_t begin = 0, count = 30; begin < 31; begin += count, count = 1) {
      ASSERT_TRUE(session->feed(std::span(tokens).subspan(begin, count)));
      std::vector<float> logits = lastLogits(*session);
      EXPECT_EQ(session->likeliest(), std::ranges::max_element(logits) - logits.begin());
    }
  }
}

TEST(Session, VisitsTheLogitsOfEachWantedToken) {
  for (int32_t rows : {1, 5, 64})
    for (int32_t batch : {0, 1, 7})
      for (size_t first : {0u, 10u, 49u, 50u}) {
        auto session = makeSession({.context = 300, .logitRows = rows, .batch = batch});
        std::vector<int32_t> tokens = someTokens(50);
        std::map<size_t, std::vector<float>> seen;
        auto visit = [](void *context, size_t index, std::span<const float> logits) {
          auto &map = *static_cast<std::map<size_t, std::vector<float>> *>(context);
          EXPECT_FALSE(map.contains(index));
          map[index].assign(logits.begin(), logits.end());
        };
        ASSERT_TRUE(session->feedAndVisit(tokens, first, visit, &seen));
        ASSERT_EQ(seen.size(), 50 - first);
        for (const auto &[index, logits] : seen)
          EXPECT_EQ(logits, fakeLogits(std::span(tokens).first(index + 1)))
              << "rows " << rows << ", batch " << batch << ", index " << index;
        EXPECT_EQ(session->position(), 50);
      }
}

TEST(Session, TruncateForgets) {
  auto session = makeSession();
  std::vector<int32_t> tokens = someTokens(80);
  ASSERT_TRUE(session->feed(tokens));
  session->truncate(30);
  ASSERT_TRUE(session->feed(std::span(tokens).subspan(40, 20)));
  std::vector<int32_t> joined(tokens.begin(), tokens.begin() + 30);
  joined.insert(joined.end(), tokens.begin() + 40, tokens.begin() + 60);
  EXPECT_EQ(lastLogits(*session), fakeLogits(joined));
}

TEST(Session, RefusesWhatDoesNotFit) {
  auto session = makeSession({.context = 20});
  EXPECT_EQ(session->context(), 20);
  Result<void> fed = session->feed(someTokens(21));
  ASSERT_FALSE(fed);
  EXPECT_NE(fed.error().find("21 tokens"), std::string::npos) << fed.error();
  EXPECT_EQ(session->position(), 0);
  EXPECT_TRUE(session->feed(someTokens(20)));
  EXPECT_FALSE(session->feed(someTokens(1)));
}

TEST(Session, RefusesTokensOutsideTheVocabulary) {
  auto session = makeSession();
  for (int32_t token : {-1, static_cast<int32_t>(FakeVocab)})
    EXPECT_FALSE(session->feed({&token, 1}));
  EXPECT_EQ(session->position(), 0);
}

TEST(Session, RefusesAContextBeyondTheModelOrTheMemory) {
  auto create = [](const SessionOptions &options) {
    return Session::create(fakeModel(), fakeModel().kernel_sets[0], fakeWeights(), options);
  };
  EXPECT_FALSE(create({.context = static_cast<int32_t>(FakeContext) + 1}));
  EXPECT_FALSE(create({.context = 0}));
  auto tooLarge = create({.context = 400, .memoryLimit = 3000});
  ASSERT_FALSE(tooLarge);
  EXPECT_NE(tooLarge.error().find("3.1 KiB"), std::string::npos) << tooLarge.error();
  EXPECT_NE(tooLarge.error().find("2.9 KiB"), std::string::npos) << tooLarge.error();
}

TEST(Session, StopsBetweenBatchesWhenInterrupted) {
  std::atomic<bool> interrupted{true};
  auto session = makeSession({.context = 300, .interrupted = &interrupted});
  Result<void> fed = session->feed(someTokens(100));
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error(), "interrupted");
}

TEST(KVCache, RoundsUpToBlocks) {
  auto cache = KVCache::create(17, 64, UINT64_MAX);
  ASSERT_TRUE(cache);
  EXPECT_EQ(cache->capacity(), 32);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(cache->data()) % 64, 0u);
  EXPECT_FALSE(KVCache::create(INT32_MAX, 1, UINT64_MAX));
  EXPECT_FALSE(KVCache::create(1 << 30, UINT64_MAX / 8, UINT64_MAX)) << "overflow";
}
