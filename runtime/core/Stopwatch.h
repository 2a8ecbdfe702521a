//===- runtime/core/Stopwatch.h - elapsed seconds --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CORE_STOPWATCH_H
#define QWENC_RUNTIME_CORE_STOPWATCH_H

#include <ctime>

namespace qwenc::rt {

/// Runs from its construction on.
class Stopwatch {
public:
  Stopwatch() { clock_gettime(CLOCK_MONOTONIC, &start); }

  double seconds() const {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec - start.tv_sec) +
           static_cast<double>(now.tv_nsec - start.tv_nsec) * 1e-9;
  }

private:
  timespec start;
};

} // namespace qwenc::rt
#endif
