//===- runtime/profile/Profiler.h - where the time of steps goes -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Generated code says when a thread begins an operation, waits at a barrier or
// is done (QwenStep::mark); the profiler sums the times between these marks, for
// each thread on its own and without any lock:
//
//   thread 0   | op 0 | wait | op 1     | wait | op 2 |
//   thread 1   | op 0   |wait| op 1 | wait     | op 2 |
//   mark         0      n      1          n      2     n+1      n = op_count
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_PROFILE_PROFILER_H
#define QWENC_RUNTIME_PROFILE_PROFILER_H

#include "runtime/abi/ModelAbi.h"
#include "runtime/core/Session.h"
#include "runtime/profile/TickClock.h"

#include <cstdint>
#include <span>
#include <vector>

namespace qwenc::rt {

/// One operation or wait of one thread; ticks of readTicks().
struct ProfileSlice {
  int32_t op; ///< as in QwenStep::mark: an operation, or op_count for a wait
  uint64_t begin, end;
};

/// What one thread did. Each is written by its thread alone, between steps by
/// none.
struct alignas(64) ThreadProfile {
  std::vector<uint64_t> ticks;  ///< [op_count + 1], the last for waits
  std::vector<uint64_t> counts; ///< executions, likewise
  std::vector<ProfileSlice> slices;
  size_t mostSlices = 0;
  int32_t current = -1; ///< -1: between steps
  uint64_t since = 0;
};

class Profiler {
public:
  /// For `threads` threads of `model`; the first `mostSlices` slices of each
  /// thread are kept one by one.
  Profiler(const QwenModel &model, int32_t threads, size_t mostSlices);

  /// From now on the session's steps are profiled. The profiler must outlive it
  /// or be detached.
  void attach(Session &session) { session.setMark(mark, this); }
  static void detach(Session &session) { session.setMark(nullptr, nullptr); }

  std::span<const ThreadProfile> threads() const { return perThread; }
  const QwenModel &model() const { return description; }
  const TickClock &clock() const { return ticks; }

  /// What QwenStep::mark points to; `profiler` is a Profiler.
  static void mark(void *profiler, int32_t thread, int32_t op);

private:
  const QwenModel &description;
  TickClock ticks;
  std::vector<ThreadProfile> perThread;
};

} // namespace qwenc::rt
#endif
