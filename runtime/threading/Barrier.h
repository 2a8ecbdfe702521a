//===- runtime/threading/Barrier.h - where the threads of a step meet ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sense-reversing barrier for a fixed number of threads. A decode step meets
// here hundreds of times, so the fast path is one atomic add per thread and one
// exchange by the last one. A waiting thread spins for at most `spinNanos` and
// then sleeps on a futex.
//
//   phase:  [ generation : 31 | sleepers : 1 ]   one cache line, read by waiters
//   count:  threads that arrived in this phase   another cache line
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_THREADING_BARRIER_H
#define QWENC_RUNTIME_THREADING_BARRIER_H

#include <atomic>
#include <cstdint>

namespace qwenc::rt {

/// The longest time that a waiting thread burns before it sleeps.
inline constexpr uint32_t DefaultSpinNanos = 1'000'000;

class Barrier {
public:
  /// `threads` >= 1. With `spinNanos` 0 waiters sleep at once, which is right
  /// when there are more threads than CPUs.
  explicit Barrier(int32_t threads, uint32_t spinNanos = DefaultSpinNanos)
      : threads(static_cast<uint32_t>(threads)), spinNanos(spinNanos) {}
  Barrier(const Barrier &) = delete;
  Barrier &operator=(const Barrier &) = delete;

  /// Returns when all threads have called it; everything that a thread wrote
  /// before is visible to all of them afterwards.
  void wait() {
    if (threads == 1)
      return;
    uint32_t seen = phase.load(std::memory_order_relaxed) & ~Sleeping;
    if (count.fetch_add(1, std::memory_order_acq_rel) + 1 == threads)
      release(seen);
    else
      waitFor(seen);
  }

  /// Counts as one thread's call of wait() but does not wait. Not for the last
  /// thread of a phase.
  void arrive() { count.fetch_add(1, std::memory_order_acq_rel); }

private:
  static constexpr uint32_t Sleeping = 1;

  void release(uint32_t seen);
  void waitFor(uint32_t seen);
  bool spin(uint32_t seen);

  alignas(64) std::atomic<uint32_t> phase{0};
  alignas(64) std::atomic<uint32_t> count{0};
  alignas(64) const uint32_t threads;
  const uint32_t spinNanos;
};

} // namespace qwenc::rt
#endif
