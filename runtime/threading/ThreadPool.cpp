//===- runtime/threading/ThreadPool.cpp - the threads that run a step ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One barrier serves three purposes: all threads meet to start a job, inside
// the job wherever the generated code says so, and again at its end. A job of
// null tells the workers to leave.
//===----------------------------------------------------------------------===//
#include "runtime/threading/ThreadPool.h"
#include "runtime/threading/FloatMode.h"
#include "runtime/threading/ThreadPlan.h"

#include <csignal>
#include <cstring>

namespace qwenc::rt {
namespace {

/// Workers call no library function deeper than a futex; generated code keeps
/// its buffers in the arena. The stack is only virtual memory until touched.
constexpr size_t WorkerStackBytes = size_t(1) << 20;

} // namespace

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(int32_t threads, int32_t cpus,
                                                       std::span<const int32_t> pinned) {
  std::unique_ptr<ThreadPool> pool(new ThreadPool(threads, threads > cpus ? 0 : DefaultSpinNanos));
  pool->workers.resize(static_cast<size_t>(threads - 1));

  // Workers inherit a full mask, so that signals arrive at the main thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, WorkerStackBytes);

  int error = 0;
  int32_t created = 0;
  for (; created < threads - 1 && error == 0; ++created) {
    Worker &worker = pool->workers[static_cast<size_t>(created)];
    worker.pool = pool.get();
    worker.number = created + 1;
    worker.cpu = pinned.empty() ? -1 : pinned[static_cast<size_t>(worker.number)];
    error = pthread_create(&worker.handle, &attributes, workerMain, &worker);
    if (error != 0)
      break;
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) {
    pool->stop(created);
    return Failure{"cannot create thread " + std::to_string(created + 2) + " of " +
                   std::to_string(threads) + ": " + std::strerror(error) +
                   "; use a smaller --threads"};
  }
  if (!pinned.empty())
    pinThisThread(pinned.front());
  return pool;
}

ThreadPool::~ThreadPool() { stop(static_cast<int32_t>(workers.size())); }

void ThreadPool::stop(int32_t created) {
  if (created == 0) {
    workers.clear();
    return;
  }
  job = nullptr;
  // Arrive for those threads too that could not be created.
  for (int32_t missing = created; missing < threads - 1; ++missing)
    meeting.arrive();
  meeting.wait();
  for (int32_t worker = 0; worker < created; ++worker)
    pthread_join(workers[static_cast<size_t>(worker)].handle, nullptr);
  workers.clear();
}

void *ThreadPool::workerMain(void *argument) {
  Worker &worker = *static_cast<Worker *>(argument);
  ThreadPool &pool = *worker.pool;
  FlushDenormals flush;
  if (worker.cpu >= 0)
    pinThisThread(worker.cpu);
  while (true) {
    pool.meeting.wait();
    if (!pool.job)
      return nullptr;
    pool.job(pool.context, worker.number);
    pool.meeting.wait();
  }
}

void ThreadPool::run(Job newJob, void *newContext) {
  FlushDenormals flush;
  job = newJob;
  context = newContext;
  meeting.wait();
  newJob(newContext, 0);
  meeting.wait();
}

void ThreadPool::barrier(void *pool, int32_t thread) {
  ThreadPool &self = *static_cast<ThreadPool *>(pool);
  if (thread == 0)
    ++self.barriers;
  self.meeting.wait();
}

} // namespace qwenc::rt
