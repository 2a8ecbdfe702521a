//===- runtime/profile/ProfileSummary.h - the time of each operation -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_PROFILE_PROFILESUMMARY_H
#define QWENC_RUNTIME_PROFILE_PROFILESUMMARY_H

#include "runtime/profile/Profiler.h"

#include <cstdint>
#include <string>
#include <vector>

namespace qwenc::rt {

/// What was computed while a profile was taken.
struct ProfiledWork {
  int64_t tokens = 0;    ///< that went through the layers
  int64_t logitRows = 0; ///< that went through the output head
};

/// An operation, summed over all layers and steps; or the waits at barriers.
struct ProfileRow {
  std::string name;
  uint64_t executions = 0; ///< by each thread
  double seconds = 0;      ///< the mean of the threads
  double slowest = 0;      ///< seconds of the thread that took longest
  double share = 0;        ///< of all rows' seconds
  double gigabytes = 0;    ///< of weights read, a second
  double gigaMacs = 0;     ///< multiply-adds with weights, a second
};

/// One phase: many tokens a step, or one. The mean of the threads' times, waits
/// included, is the wall time of the steps.
struct ProfileSummary {
  std::vector<ProfileRow> operations; ///< in the order of a step
  ProfileRow waits;
  double seconds = 0;
  /// Whether weights are read once a step for one token: only then do gigabytes
  /// say something about memory.
  bool singleTokens = false;
};

ProfileSummary summarize(const Profiler &profiler, const ProfiledWork &work, bool singleTokens);

} // namespace qwenc::rt
#endif
