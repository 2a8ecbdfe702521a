//===- runtime/threading/CpuTopology.cpp - how many threads pay off --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/threading/CpuTopology.h"
#include "runtime/core/TextFile.h"

#include <algorithm>
#include <sched.h>
#include <tuple>

namespace qwenc::rt {
namespace {

struct Core {
  std::string identity; ///< equal for the hyper-threads of one physical core
  CpuPlace place;
  int32_t sibling; ///< number of its hyper-thread
};

/// CPUs of the kernel's list form, "0-3,8,10-11".
std::vector<int32_t> parseCpuList(std::string_view list) {
  std::vector<int32_t> cpus;
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(item.size() < list.size() ? item.size() + 1 : list.size());
    std::optional<uint64_t> first = parseNumber(item);
    size_t dash = item.find('-');
    std::optional<uint64_t> last =
        dash == std::string_view::npos ? first : parseNumber(item.substr(dash + 1));
    if (!first || !last || *last > 65535)
      continue;
    for (uint64_t cpu = *first; cpu <= *last; ++cpu)
      cpus.push_back(static_cast<int32_t>(cpu));
  }
  return cpus;
}

std::string coreIdentity(const std::string &folder, int32_t cpu) {
  std::string siblings = readSmallFile(folder + "/topology/thread_siblings_list");
  return siblings.empty() ? "cpu" + std::to_string(cpu) : siblings;
}

std::vector<Core> readCores(const std::vector<int32_t> &allowed, const std::string &root) {
  const std::string cpuFolder = root + "/sys/devices/system/cpu/cpu";
  // Hybrid x86 names its fast cores in a list, Arm gives each CPU a capacity.
  std::vector<int32_t> performance =
      parseCpuList(readSmallFile(root + "/sys/devices/cpu_core/cpus"));
  std::vector<Core> cores;
  for (int32_t cpu : allowed) {
    std::string folder = cpuFolder + std::to_string(cpu);
    uint64_t capacity = parseNumber(readSmallFile(folder + "/cpu_capacity")).value_or(1024);
    if (!performance.empty() &&
        std::find(performance.begin(), performance.end(), cpu) == performance.end())
      capacity = 1;
    std::string identity = coreIdentity(folder, cpu);
    auto same = [&](const Core &core) { return core.identity == identity; };
    const auto sibling = std::count_if(cores.begin(), cores.end(), same);
    const CpuPlace place = {cpu, static_cast<int32_t>(std::clamp<uint64_t>(capacity, 1, 1024))};
    cores.push_back({std::move(identity), place, static_cast<int32_t>(sibling)});
  }
  std::sort(cores.begin(), cores.end(), [](const Core &a, const Core &b) {
    return std::tuple(a.sibling, -a.place.capacity, a.place.cpu) <
           std::tuple(b.sibling, -b.place.capacity, b.place.cpu);
  });
  return cores;
}

/// The smallest quota / period of the group and its parents; 0 if unlimited.
double readQuota(const std::string &root) {
  double quota = 0;
  auto limit = [&](std::optional<uint64_t> microseconds, std::optional<uint64_t> period) {
    if (!microseconds || !period || *microseconds == 0 || *period == 0)
      return;
    double cpus = static_cast<double>(*microseconds) / static_cast<double>(*period);
    quota = quota == 0 ? cpus : std::min(quota, cpus);
  };
  if (auto group = findControlGroup(root, "cpu", 2))
    forEachParentGroup(*group, [&](const std::string &folder) {
      std::string text = readSmallFile(folder + "/cpu.max"); // "max 100000" or "150000 100000"
      size_t blank = text.find(' ');
      if (blank != std::string::npos)
        limit(parseNumber(text), parseNumber(std::string_view(text).substr(blank)));
    });
  if (auto group = findControlGroup(root, "cpu", 1))
    forEachParentGroup(*group, [&](const std::string &folder) {
      limit(parseNumber(readSmallFile(folder + "/cpu.cfs_quota_us")), // "-1": unlimited
            parseNumber(readSmallFile(folder + "/cpu.cfs_period_us")));
    });
  return quota;
}

} // namespace

bool CpuTopology::uneven() const {
  return std::any_of(places.begin(), places.end(), [&](const CpuPlace &place) {
    return place.capacity != places.front().capacity;
  });
}

int32_t CpuTopology::runnableCpus() const {
  if (quotaCpus == 0)
    return std::max(1, allowedCpus);
  // Part of a CPU still lets a thread run for part of each period.
  return std::max(1, static_cast<int32_t>(std::min<double>(allowedCpus, quotaCpus + 0.999)));
}

int32_t CpuTopology::defaultThreads() const {
  if (quotaCpus == 0)
    return std::max(1, fastCores);
  // A team that outruns its quota is stopped as a whole, so round down.
  return std::max(1, static_cast<int32_t>(std::min<double>(fastCores, quotaCpus)));
}

std::vector<int32_t> allowedCpuNumbers() {
  // The kernel refuses a mask shorter than its own, so grow until it fits.
  for (int32_t cpus = 1024; cpus <= (1 << 20); cpus *= 2) {
    cpu_set_t *set = CPU_ALLOC(cpus);
    size_t bytes = CPU_ALLOC_SIZE(cpus);
    CPU_ZERO_S(bytes, set);
    std::vector<int32_t> numbers;
    bool done = sched_getaffinity(0, bytes, set) == 0;
    for (int32_t cpu = 0; done && cpu < cpus; ++cpu)
      if (CPU_ISSET_S(cpu, bytes, set))
        numbers.push_back(cpu);
    CPU_FREE(set);
    if (done && !numbers.empty())
      return numbers;
  }
  return {0};
}

CpuTopology readCpuTopology(const std::vector<int32_t> &allowed, const std::string &root) {
  CpuTopology topology;
  topology.allowedCpus = static_cast<int32_t>(allowed.size());
  topology.fastCores = 0;
  for (const Core &core : readCores(allowed, root)) {
    topology.places.push_back(core.place);
    // A core of less than half the speed adds little.
    if (core.sibling == 0 && core.place.capacity * 2 >= topology.places.front().capacity)
      ++topology.fastCores;
  }
  topology.quotaCpus = readQuota(root);
  return topology;
}

} // namespace qwenc::rt
