//===- runtime/threading/ThreadPlan.cpp - which thread runs where ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threading/ThreadPlan.h"

#include <numeric>
#include <sched.h>

namespace qwenc::rt {

std::vector<int32_t> ThreadPlan::shares() const {
  std::vector<int32_t> sums(capacities.size() + 1);
  std::partial_sum(capacities.begin(), capacities.end(), sums.begin() + 1);
  return sums;
}

ThreadPlan planThreads(const CpuTopology &topology, int32_t threads, Pinning pinning) {
  const size_t count = static_cast<size_t>(threads > 0 ? threads : topology.defaultThreads());
  const std::vector<CpuPlace> &places = topology.places;
  const bool pin = pinning == Pinning::Always || (pinning == Pinning::Auto && topology.uneven());
  if (!pin || count > places.size())
    return ThreadPlan::even(static_cast<int32_t>(count));
  ThreadPlan plan;
  for (size_t thread = 0; thread < count; ++thread) {
    plan.capacities.push_back(places[thread].capacity);
    plan.cpus.push_back(places[thread].cpu);
  }
  return plan;
}

void pinThisThread(int32_t cpu) {
  cpu_set_t *set = CPU_ALLOC(static_cast<size_t>(cpu) + 1);
  if (!set)
    return;
  const size_t bytes = CPU_ALLOC_SIZE(static_cast<size_t>(cpu) + 1);
  CPU_ZERO_S(bytes, set);
  CPU_SET_S(static_cast<size_t>(cpu), bytes, set);
  sched_setaffinity(0, bytes, set);
  CPU_FREE(set);
}

} // namespace qwenc::rt
