//===- tests/unit/runtime/BarrierTest.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threading/Barrier.h"

#include <gtest/gtest.h>

#include <thread>
#include <unistd.h>
#include <vector>

using namespace qwenc::rt;

namespace {

/// All threads write their slot, meet, and read everybody's: a thread that is
/// let through early finds an old value (and TSan a race).
int64_t countMistakes(int32_t threads, uint32_t spinNanos, int64_t rounds) {
  Barrier barrier(threads, spinNanos);
  std::vector<int64_t> slots(static_cast<size_t>(threads) * 16);
  std::atomic<int64_t> mistakes{0};
  auto work = [&](int32_t number) {
    for (int64_t round = 1; round <= rounds; ++round) {
      slots[static_cast<size_t>(number) * 16] = round;
      barrier.wait();
      for (int32_t other = 0; other < threads; ++other)
        mistakes += slots[static_cast<size_t>(other) * 16] != round;
      barrier.wait();
    }
  };
  std::vector<std::thread> team;
  for (int32_t number = 1; number < threads; ++number)
    team.emplace_back(work, number);
  work(0);
  for (std::thread &member : team)
    member.join();
  return mistakes;
}

} // namespace

TEST(Barrier, LetsOneThreadThrough) {
  Barrier barrier(1);
  barrier.wait();
  barrier.wait();
}

TEST(Barrier, KeepsTwoSpinningThreadsInStep) {
  EXPECT_EQ(countMistakes(2, DefaultSpinNanos, 20'000), 0);
}

TEST(Barrier, KeepsSleepingThreadsInStep) { EXPECT_EQ(countMistakes(7, 0, 1'000), 0); }

TEST(Barrier, SurvivesTheEdgeBetweenSpinningAndSleeping) {
  // A spin of one look makes many waiters announce their sleep just when the
  // last thread arrives.
  EXPECT_EQ(countMistakes(4, 1, 3'000), 0);
}

TEST(Barrier, WakesAThreadThatHasSleptLong) {
  Barrier barrier(2);
  std::thread other([&] { barrier.wait(); });
  usleep(30'000); // far beyond the spin
  barrier.wait();
  other.join();
}

TEST(Barrier, CountsArrivalsOfAbsentThreads) {
  Barrier barrier(3);
  barrier.arrive();
  std::thread other([&] { barrier.wait(); });
  barrier.wait();
  other.join();
}
