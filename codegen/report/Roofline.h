//===- codegen/report/Roofline.h - time from cycles and bytes --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Williams, Waterman and Patterson, "Roofline: an insightful visual performance
// model", 2009: work takes the longer of what its arithmetic and what its memory
// traffic take. Cores divide the arithmetic; they share the memory.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_REPORT_ROOFLINE_H
#define QWENC_CODEGEN_REPORT_ROOFLINE_H

#include <cstdint>
#include <vector>

namespace qwenc {

struct Machine {
  double clockGHz;
  double bandwidthGBs; ///< 1e9 bytes a second
};

/// What some code needs of a machine.
struct Work {
  double cycles = 0;  ///< of one core, all data in its caches
  uint64_t bytes = 0; ///< from or to memory
  uint64_t units = 0; ///< equal parts that a core takes whole; 0: any number
};

enum class Bound { Compute, Memory };

/// Seconds of `work` on `cores` cores, of which the busiest has the most units.
double secondsOf(const Work &work, const Machine &machine, unsigned cores);

/// What `work` waits for. Work of no cycles and no bytes is bound by compute.
Bound boundOf(const Work &work, const Machine &machine, unsigned cores);

/// The numbers of cores that are worth a line of a report: 1, 2, 3, 4, powers of
/// two, and all.
std::vector<unsigned> coreCounts(unsigned cores);

} // namespace qwenc
#endif
