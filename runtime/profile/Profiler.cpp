//===- runtime/profile/Profiler.cpp - where the time of steps goes ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/profile/Profiler.h"

namespace qwenc::rt {

Profiler::Profiler(const QwenModel &model, int32_t threads, size_t mostSlices)
    : description(model), perThread(static_cast<size_t>(threads)) {
  for (ThreadProfile &thread : perThread) {
    thread.ticks.resize(model.op_count + 1);
    thread.counts.resize(model.op_count + 1);
    thread.slices.reserve(mostSlices);
    thread.mostSlices = mostSlices;
  }
}

void Profiler::mark(void *profiler, int32_t thread, int32_t op) {
  Profiler &self = *static_cast<Profiler *>(profiler);
  ThreadProfile &own = self.perThread[static_cast<size_t>(thread)];
  const uint64_t now = readTicks();
  if (own.current >= 0) {
    const size_t ended = static_cast<size_t>(own.current);
    own.ticks[ended] += now - own.since;
    ++own.counts[ended];
    if (own.slices.size() < own.mostSlices)
      own.slices.push_back({own.current, own.since, now});
  }
  own.current = op > static_cast<int32_t>(self.description.op_count) ? -1 : op;
  own.since = now;
}

} // namespace qwenc::rt
