//===- codegen/report/Roofline.cpp - time from cycles and bytes ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/report/Roofline.h"

#include <algorithm>

using namespace qwenc;

static double computeSeconds(const Work &work, const Machine &machine, unsigned cores) {
  double share = 1.0 / cores;
  if (work.units)
    share = double((work.units + cores - 1) / cores) / double(work.units);
  return work.cycles * share / (machine.clockGHz * 1e9);
}

static double memorySeconds(const Work &work, const Machine &machine) {
  return double(work.bytes) / (machine.bandwidthGBs * 1e9);
}

double qwenc::secondsOf(const Work &work, const Machine &machine, unsigned cores) {
  return std::max(computeSeconds(work, machine, cores), memorySeconds(work, machine));
}

Bound qwenc::boundOf(const Work &work, const Machine &machine, unsigned cores) {
  return memorySeconds(work, machine) > computeSeconds(work, machine, cores) ? Bound::Memory
                                                                             : Bound::Compute;
}

std::vector<unsigned> qwenc::coreCounts(unsigned cores) {
  std::vector<unsigned> counts;
  for (unsigned count = 1; count < cores; count += count < 4 ? 1 : count)
    counts.push_back(count);
  counts.push_back(cores);
  return counts;
}
