//===- runtime/threading/ThreadPlan.h - which thread runs where ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// On a machine whose cores differ (Arm's big and little ones) a share of the
// work must fit the core that computes it, so threads stay where they are put.
// Where all cores are alike the scheduler knows better: another program may keep
// any one of them busy.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_THREADING_THREADPLAN_H
#define QWENC_RUNTIME_THREADING_THREADPLAN_H

#include "runtime/threading/CpuTopology.h"

namespace qwenc::rt {

enum class Pinning {
  Auto, ///< where cores differ
  Always,
  Never, ///< all threads get equal shares then
};

struct ThreadPlan {
  /// The speed of each thread's core, 1 ..; all equal if it is not known.
  std::vector<int32_t> capacities;
  /// The CPU of each thread; empty: the scheduler may choose.
  std::vector<int32_t> cpus;

  /// Equal shares for `threads` threads, anywhere.
  static ThreadPlan even(int32_t threads) {
    return {std::vector<int32_t>(static_cast<size_t>(threads), 1), {}};
  }

  int32_t threads() const { return static_cast<int32_t>(capacities.size()); }
  /// QwenStep::shares: sums of the capacities of the threads before each, and
  /// of all at the end.
  std::vector<int32_t> shares() const;
};

/// A plan for `threads` threads, or for the topology's default if 0. Threads take
/// the fastest cores first; with more threads than CPUs none is pinned.
ThreadPlan planThreads(const CpuTopology &topology, int32_t threads, Pinning pinning);

/// Binds the calling thread to a CPU. What the system refuses is ignored: the
/// thread then runs wherever it is allowed to.
void pinThisThread(int32_t cpu);

} // namespace qwenc::rt
#endif
