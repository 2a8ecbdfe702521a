//===- tests/unit/runtime/ThreadPlanTest.cpp -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threading/ThreadPlan.h"

#include <gtest/gtest.h>

#include <sched.h>
#include <thread>

using namespace qwenc::rt;

namespace {

using Numbers = std::vector<int32_t>;

/// Two fast cores and two slow ones.
CpuTopology bigAndLittle() {
  CpuTopology topology;
  topology.allowedCpus = 4;
  topology.fastCores = 2;
  topology.places = {{4, 1024}, {5, 1024}, {0, 350}, {1, 350}};
  return topology;
}

CpuTopology twoEqual() {
  CpuTopology topology;
  topology.allowedCpus = topology.fastCores = 2;
  topology.places = {{0, 1024}, {1, 1024}};
  return topology;
}

} // namespace

TEST(ThreadPlan, TakesTheFastCoresAndPinsToThem) {
  ThreadPlan plan = planThreads(bigAndLittle(), 0, Pinning::Auto);
  EXPECT_EQ(plan.cpus, (Numbers{4, 5}));
  EXPECT_EQ(plan.shares(), (Numbers{0, 1024, 2048}));
}

TEST(ThreadPlan, SlowCoresGetSharesOfTheirSpeed) {
  ThreadPlan plan = planThreads(bigAndLittle(), 3, Pinning::Auto);
  EXPECT_EQ(plan.cpus, (Numbers{4, 5, 0}));
  EXPECT_EQ(plan.shares(), (Numbers{0, 1024, 2048, 2398}));
}

TEST(ThreadPlan, UnpinnedThreadsGetEqualShares) {
  ThreadPlan plan = planThreads(bigAndLittle(), 3, Pinning::Never);
  EXPECT_TRUE(plan.cpus.empty());
  EXPECT_EQ(plan.shares(), (Numbers{0, 1, 2, 3}));
}

TEST(ThreadPlan, MoreThreadsThanCpusAreNotPinned) {
  ThreadPlan plan = planThreads(bigAndLittle(), 5, Pinning::Always);
  EXPECT_TRUE(plan.cpus.empty());
  EXPECT_EQ(plan.threads(), 5);
}

TEST(ThreadPlan, EqualCoresAreLeftToTheScheduler) {
  EXPECT_TRUE(planThreads(twoEqual(), 0, Pinning::Auto).cpus.empty());
  EXPECT_EQ(planThreads(twoEqual(), 0, Pinning::Always).cpus, (Numbers{0, 1}));
}

TEST(ThreadPlan, PinsTheCallingThread) {
  const int32_t last = allowedCpuNumbers().back();
  Numbers after;
  std::thread([&] {
    pinThisThread(last);
    after = allowedCpuNumbers();
  }).join();
  EXPECT_EQ(after, Numbers{last});
}
