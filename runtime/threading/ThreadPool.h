//===- runtime/threading/ThreadPool.h - the threads that run a step --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A fixed team: thread 0 is whoever calls run(), the others are created once
// and sleep between steps. All of them run the same function (SPMD), divide the
// work by their number and meet at the pool's barrier.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_THREADING_THREADPOOL_H
#define QWENC_RUNTIME_THREADING_THREADPOOL_H

#include "runtime/threading/Barrier.h"
#include "support/Result.h"

#include <cstdint>
#include <memory>
#include <pthread.h>
#include <span>
#include <vector>

namespace qwenc::rt {

class ThreadPool {
public:
  using Job = void (*)(void *context, int32_t thread);

  /// Starts `threads` - 1 workers (none for 1). `cpus` is how many CPUs the
  /// process may use; with more threads than that, waiting threads sleep at
  /// once instead of spinning on a CPU that another one needs. `pinned` is the
  /// CPU of each thread, the caller's included, or empty. Fails when the system
  /// refuses to create a thread.
  static Result<std::unique_ptr<ThreadPool>> create(int32_t threads, int32_t cpus,
                                                    std::span<const int32_t> pinned = {});
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  /// Calls job(context, t) on every thread t, 0 being the caller, and returns
  /// when all have finished. Denormals are flushed meanwhile. Not reentrant;
  /// one caller at a time.
  void run(Job job, void *context);

  /// What QwenStep::barrier points to; `pool` is a ThreadPool. Only inside a
  /// job, by all of its threads.
  static void barrier(void *pool, int32_t thread);

  int32_t size() const { return threads; }
  /// How often thread 0 has met the barrier from inside jobs so far.
  uint64_t barrierCount() const { return barriers; }

private:
  struct Worker {
    ThreadPool *pool;
    int32_t number;
    int32_t cpu; ///< -1: any
    pthread_t handle;
  };

  ThreadPool(int32_t threads, uint32_t spinNanos) : meeting(threads, spinNanos), threads(threads) {}
  static void *workerMain(void *worker);
  void stop(int32_t created);

  Barrier meeting;
  // Written by thread 0 before a meeting, read by the workers after it.
  alignas(64) Job job = nullptr;
  void *context = nullptr;
  std::vector<Worker> workers;
  const int32_t threads;
  alignas(64) uint64_t barriers = 0; // thread 0 only
};

} // namespace qwenc::rt
#endif
