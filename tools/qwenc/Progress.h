//===- tools/qwenc/Progress.h - what the compiler is doing -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_PROGRESS_H
#define QWENC_TOOLS_QWENC_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include <chrono>
#include <cstdint>

namespace qwenc {

/// One line on a terminal that is redrawn in place; silent elsewhere.
class Progress {
public:
  explicit Progress(bool quiet);
  ~Progress();

  /// Begins a stage: "Reading", "Compiling for znver3" ...
  void stage(llvm::StringRef name);
  /// Draws a bar with throughput, at most ten times a second.
  void bytes(uint64_t done, uint64_t total);
  /// Clears the line.
  void finish();

private:
  void draw(llvm::StringRef text);

  using Clock = std::chrono::steady_clock;
  bool active;
  std::string name;
  Clock::time_point started, drawn;
};

} // namespace qwenc
#endif
