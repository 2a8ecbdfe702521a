//===- tests/unit/runtime/ThreadPoolTest.cpp -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threading/ThreadPool.h"
#include "runtime/core/TextFile.h"
#include "runtime/threading/FloatMode.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <vector>

using namespace qwenc::rt;

namespace {

std::unique_ptr<ThreadPool> makePool(int32_t threads, int32_t cpus = 2) {
  auto pool = ThreadPool::create(threads, cpus);
  EXPECT_TRUE(pool);
  return std::move(*pool);
}

uint64_t threadsOfThisProcess() {
  return *numberAfterKey(readSmallFile("/proc/self/status"), "Threads:");
}

struct SumJob {
  ThreadPool *pool;
  std::vector<int64_t> parts;
  std::vector<int64_t> totals;
};

/// Each thread adds a part; after the barrier each sums all parts.
void sumTwice(void *context, int32_t thread) {
  auto &job = *static_cast<SumJob *>(context);
  job.parts[static_cast<size_t>(thread)] += thread + 1;
  ThreadPool::barrier(job.pool, thread);
  job.totals[static_cast<size_t>(thread)] =
      std::accumulate(job.parts.begin(), job.parts.end(), int64_t(0));
}

bool denormalsAreFlushed() {
  volatile float tiny = std::numeric_limits<float>::min();
  volatile float half = tiny * 0.5f;
  return half == 0;
}

} // namespace

TEST(ThreadPool, RunsEveryThreadOfManyJobs) {
  for (int32_t threads : {1, 2, 5}) {
    auto pool = makePool(threads);
    SumJob job{pool.get(), std::vector<int64_t>(static_cast<size_t>(threads)),
               std::vector<int64_t>(static_cast<size_t>(threads))};
    for (int64_t round = 1; round <= 500; ++round) {
      pool->run(sumTwice, &job);
      for (int64_t total : job.totals)
        ASSERT_EQ(total, round * threads * (threads + 1) / 2);
    }
    EXPECT_EQ(pool->barrierCount(), 500u);
  }
}

TEST(ThreadPool, OneThreadCreatesNoWorker) {
  uint64_t before = threadsOfThisProcess();
  auto single = makePool(1);
  EXPECT_EQ(threadsOfThisProcess(), before);
  auto triple = makePool(3);
  EXPECT_EQ(threadsOfThisProcess(), before + 2);
  triple.reset();
  EXPECT_EQ(threadsOfThisProcess(), before);
}

TEST(ThreadPool, FlushesDenormalsInJobsOnly) {
  ASSERT_FALSE(denormalsAreFlushed());
  auto pool = makePool(3);
  bool flushed[3] = {};
  pool->run([](void *context,
               int32_t thread) { static_cast<bool *>(context)[thread] = denormalsAreFlushed(); },
            flushed);
  EXPECT_TRUE(flushed[0] && flushed[1] && flushed[2]);
  EXPECT_FALSE(denormalsAreFlushed());
}

TEST(ThreadPool, CanBeDestroyedUnused) {
  for (int round = 0; round < 50; ++round)
    makePool(4);
}
