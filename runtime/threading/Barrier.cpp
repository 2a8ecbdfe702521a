//===- runtime/threading/Barrier.cpp - where the threads of a step meet ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/threading/Barrier.h"

#include <climits>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace qwenc::rt {
namespace {

void futexWait(std::atomic<uint32_t> &word, uint32_t expected) {
  // A wrong value, a signal or a spurious wake-up all end in the caller's loop.
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futexWakeAll(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

/// Tells the core that it spins. On Arm `yield` is a no-op on most cores, while
/// `isb` waits about as long as x86's `pause`.
void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

uint64_t nowNanos() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

} // namespace

void Barrier::release(uint32_t seen) {
  // Nobody else touches `count` until the phase changes.
  count.store(0, std::memory_order_relaxed);
  uint32_t before = phase.exchange(seen + 2, std::memory_order_acq_rel);
  if (before & Sleeping)
    futexWakeAll(phase);
}

bool Barrier::spin(uint32_t seen) {
  if (spinNanos == 0)
    return false;
  // The clock costs as much as a few pauses, so it is read after each handful;
  // most waits end within the first.
  constexpr int PausesPerLook = 16;
  uint64_t deadline = 0;
  while (true) {
    for (int pause = 0; pause < PausesPerLook; ++pause) {
      if ((phase.load(std::memory_order_acquire) & ~Sleeping) != seen)
        return true;
      relax();
    }
    uint64_t now = nowNanos();
    if (deadline == 0)
      deadline = now + spinNanos;
    else if (now >= deadline)
      return false;
  }
}

void Barrier::waitFor(uint32_t seen) {
  if (spin(seen))
    return;
  // Announce the sleep in the phase word itself: the last thread's exchange
  // either comes first (then the announcement fails) or sees the flag.
  uint32_t expected = seen;
  phase.compare_exchange_strong(expected, seen | Sleeping, std::memory_order_acquire,
                                std::memory_order_acquire);
  while (phase.load(std::memory_order_acquire) == (seen | Sleeping))
    futexWait(phase, seen | Sleeping);
}

} // namespace qwenc::rt
