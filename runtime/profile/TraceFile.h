//===- runtime/profile/TraceFile.h - steps for Perfetto and Chrome ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_PROFILE_TRACEFILE_H
#define QWENC_RUNTIME_PROFILE_TRACEFILE_H

#include "runtime/profile/Profiler.h"
#include "support/Result.h"

#include <span>
#include <string>

namespace qwenc::rt {

/// A profile and what its steps are: "prefill", "decode".
struct TracedPhase {
  const char *name;
  const Profiler *profiler;
};

/// The slices that the profilers kept, in the JSON of Chrome's trace events (also
/// Perfetto's): one track a thread, one complete event a slice, its category the
/// phase. Times are microseconds since the first slice.
std::string traceJson(std::span<const TracedPhase> phases);

/// Writes traceJson() to `path`; an existing file is replaced.
Result<void> writeTrace(const std::string &path, std::span<const TracedPhase> phases);

} // namespace qwenc::rt
#endif
