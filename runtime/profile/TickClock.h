//===- runtime/profile/TickClock.h - a clock that costs next to nothing ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The CPU's own counter of constant rate, the same on all its cores: a few
// nanoseconds a reading, where the system's clock may take a system call.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_PROFILE_TICKCLOCK_H
#define QWENC_RUNTIME_PROFILE_TICKCLOCK_H

#include "runtime/core/Stopwatch.h"

#include <cstdint>

namespace qwenc::rt {

inline uint64_t readTicks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
#error "no tick counter is known for this architecture"
#endif
}

/// Knows how long a tick is by the time that passed since its construction.
class TickClock {
public:
  uint64_t start() const { return firstTick; }

  /// More precise the later it is called.
  double secondsPerTick() const {
    const uint64_t passed = readTicks() - firstTick;
    return passed > 0 ? watch.seconds() / static_cast<double>(passed) : 0;
  }

private:
  Stopwatch watch;
  uint64_t firstTick = readTicks();
};

} // namespace qwenc::rt
#endif
