//===- runtime/threading/CpuTopology.h - how many threads pay off ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoding is bound by memory, so one thread per fast physical core is best: a
// sibling hyper-thread adds nothing, and small cores take bandwidth and power for
// little. What the process may use is further limited
// by its affinity mask and by the CPU quota of its control group.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_THREADING_CPUTOPOLOGY_H
#define QWENC_RUNTIME_THREADING_CPUTOPOLOGY_H

#include <cstdint>
#include <string>
#include <vector>

namespace qwenc::rt {

/// A CPU and its relative speed, 1 .. 1024 for the fastest on the machine.
struct CpuPlace {
  int32_t cpu;
  int32_t capacity;
};

struct CpuTopology {
  int32_t allowedCpus = 1; ///< logical CPUs in the affinity mask
  int32_t fastCores = 1;   ///< physical cores among them that are not small ones
  double quotaCpus = 0;    ///< CPU time per time by cgroup quota; 0: unlimited
  /// The allowed CPUs in the order in which threads should take them: one of each
  /// core before its siblings, fast cores before slow ones.
  std::vector<CpuPlace> places;

  /// Are there cores of different speed?
  bool uneven() const;

  /// How many threads can run at once, at least 1.
  int32_t runnableCpus() const;
  /// The default of --threads, at least 1.
  int32_t defaultThreads() const;
};

/// The CPUs that this process may run on, ascending.
std::vector<int32_t> allowedCpuNumbers();

/// Reads the machine's topology from /sys and /proc below `root` (empty for the
/// real one; a folder for tests). What cannot be read counts as unlimited, and
/// a CPU without topology counts as a core of its own.
CpuTopology readCpuTopology(const std::vector<int32_t> &allowed, const std::string &root = "");

} // namespace qwenc::rt
#endif
