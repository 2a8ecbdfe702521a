//===- runtime/threading/CpuTopology.h - how many threads pay off ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoding is bound by memory and the work is divided evenly, so one thread per
// fast physical core is best: a sibling hyper-thread adds nothing and a small
// core would make all others wait. What the process may use is further limited
// by its affinity mask and by the CPU quota of its control group.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_THREADING_CPUTOPOLOGY_H
#define QWENC_RUNTIME_THREADING_CPUTOPOLOGY_H

#include <cstdint>
#include <string>
#include <vector>

namespace qwenc::rt {

struct CpuTopology {
  int32_t allowedCpus = 1; ///< logical CPUs in the affinity mask
  int32_t fastCores = 1;   ///< physical cores among them that are not small ones
  double quotaCpus = 0;    ///< CPU time per time by cgroup quota; 0: unlimited

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
