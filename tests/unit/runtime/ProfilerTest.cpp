//===- tests/unit/runtime/ProfilerTest.cpp ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/profile/Profiler.h"
#include "FakeModel.h"
#include "runtime/profile/ProfileSummary.h"
#include "runtime/profile/TraceFile.h"

#include <gtest/gtest.h>

#include <numeric>

using namespace qwenc;
using namespace qwenc::rt;
using namespace qwenc::rt::test;

namespace {

std::unique_ptr<Session> makeSession(int32_t threads) {
  auto session = Session::create(fakeModel(), fakeModel().kernel_sets[0], fakeWeights(),
                                 {.context = 300, .threads = ThreadPlan::even(threads), .cpus = 2});
  EXPECT_TRUE(session);
  return std::move(*session);
}

void burn(double seconds) {
  for (Stopwatch watch; watch.seconds() < seconds;) {
  }
}

} // namespace

TEST(TickClock, AgreesWithTheSystemsClock) {
  TickClock clock;
  Stopwatch watch;
  const uint64_t begin = readTicks();
  burn(0.02);
  const double ticks = static_cast<double>(readTicks() - begin);
  const double seconds = watch.seconds();
  EXPECT_NEAR(ticks * clock.secondsPerTick(), seconds, 0.1 * seconds);
}

TEST(Profiler, CountsWhatEachThreadOfASessionDoes) {
  for (int32_t threads : {1, 3}) {
    auto session = makeSession(threads);
    Profiler profiler(fakeModel(), threads, 7);
    const std::vector<int32_t> tokens(50, 4); // batches of 24, 24 and 2
    ASSERT_TRUE(session->feed(tokens));
    profiler.attach(*session);
    ASSERT_TRUE(session->feed(tokens));
    ASSERT_TRUE(session->feed(std::span(tokens).first(1)));
    Profiler::detach(*session);
    ASSERT_TRUE(session->feed(tokens));

    ASSERT_EQ(profiler.threads().size(), static_cast<size_t>(threads));
    for (const ThreadProfile &thread : profiler.threads()) {
      EXPECT_EQ(thread.counts, (std::vector<uint64_t>{4, 4, 4, 4 * FakeBarriers}));
      EXPECT_EQ(thread.slices.size(), 7u) << "no more than asked for";
      for (size_t index = 0; index < thread.slices.size(); ++index) {
        const int32_t order[] = {0, 3, 1, 3, 2, 3};
        EXPECT_EQ(thread.slices[index].op, order[index % 6]);
        EXPECT_LE(thread.slices[index].begin, thread.slices[index].end);
        if (index > 0) {
          EXPECT_LE(thread.slices[index - 1].end, thread.slices[index].begin);
        }
      }
    }
  }
}

TEST(Profiler, ALastLayerOfAPromptCountsTokensWithLogitsOnly) {
  const QwenOperation ops[] = {{"layers", 10, 4, 3, 1}};
  QwenModel model = fakeModel();
  model.ops = ops;
  model.op_count = 1;
  Profiler profiler(model, 1, 0);
  Profiler::mark(&profiler, 0, 0);
  burn(0.01);
  Profiler::mark(&profiler, 0, 2);
  const ProfileSummary summary = summarize(profiler, {.tokens = 7, .logitRows = 2}, false);
  const ProfileRow &row = summary.operations[0];
  EXPECT_DOUBLE_EQ(row.gigaMacs, 10 * (2 * 7 + 2) / row.seconds / 1e9);
}

TEST(Profiler, TimeBetweenStepsIsNobodys) {
  Profiler profiler(fakeModel(), 1, 0);
  Profiler::mark(&profiler, 0, 1);
  burn(0.02);
  Profiler::mark(&profiler, 0, FakeOps + 1);
  burn(0.2);
  Profiler::mark(&profiler, 0, 2);
  Profiler::mark(&profiler, 0, FakeOps + 1);
  const ProfileSummary summary = summarize(profiler, {.tokens = 2, .logitRows = 2}, true);
  EXPECT_GE(summary.operations[1].seconds, 0.019);
  EXPECT_LT(summary.seconds, summary.operations[1].seconds + 0.1);
}

TEST(ProfileSummary, RatesFollowFromTimesAndWork) {
  Profiler profiler(fakeModel(), 2, 0);
  for (int32_t thread : {0, 1}) { // one after the other: no threads are needed
    Profiler::mark(&profiler, thread, 0);
    Profiler::mark(&profiler, thread, 1);
    burn(thread == 0 ? 0.01 : 0.03);
    Profiler::mark(&profiler, thread, FakeOps);
    burn(0.01);
    Profiler::mark(&profiler, thread, 2);
    burn(0.01);
    Profiler::mark(&profiler, thread, FakeOps + 1);
  }
  const ProfileSummary summary = summarize(profiler, {.tokens = 24, .logitRows = 1}, false);
  const ProfileRow &chain = summary.operations[1], &head = summary.operations[2];
  EXPECT_EQ(chain.name, "chain");
  EXPECT_EQ(chain.executions, 1u);
  EXPECT_GE(chain.seconds, 0.019) << "the mean of both threads";
  EXPECT_GT(chain.slowest, 1.2 * chain.seconds);
  EXPECT_DOUBLE_EQ(chain.gigaMacs, 24 * 1000 / chain.seconds / 1e9);
  EXPECT_DOUBLE_EQ(chain.gigabytes, 256 / chain.seconds / 1e9);
  EXPECT_DOUBLE_EQ(head.gigaMacs, 2000 / head.seconds / 1e9) << "one row of logits";
  EXPECT_EQ(summary.operations[0].gigaMacs, 0);
  double shares = summary.waits.share;
  for (const ProfileRow &row : summary.operations)
    shares += row.share;
  EXPECT_NEAR(shares, 1, 1e-9);
}

TEST(TraceFile, NothingWasTraced) {
  Profiler profiler(fakeModel(), 1, 0);
  const TracedPhase phases[] = {{"decode", &profiler}};
  EXPECT_EQ(traceJson(phases),
            "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[{\"name\":\"thread_name\",\"ph\":\"M\","
            "\"pid\":1,\"tid\":0,\"args\":{\"name\":\"thread 0\"}}]}\n");
  Result<void> written = writeTrace("/no/such/folder/trace.json", phases);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), "/no/such/folder/trace.json: No such file or directory");
}
