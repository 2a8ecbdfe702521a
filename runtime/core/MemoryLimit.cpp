//===- runtime/core/MemoryLimit.cpp - how much memory there is -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/MemoryLimit.h"
#include "runtime/core/TextFile.h"

#include <algorithm>

namespace qwenc::rt {

uint64_t memoryLimit(const std::string &root) {
  uint64_t limit = UINT64_MAX;
  if (auto total = numberAfterKey(readSmallFile(root + "/proc/meminfo"), "MemTotal:"))
    limit = std::min(limit, *total * 1024);
  auto lower = [&](const std::string &file) {
    if (auto bytes = parseNumber(readSmallFile(file))) // "max" is no number
      limit = std::min(limit, *bytes);
  };
  if (auto group = findControlGroup(root, "memory", 2))
    forEachParentGroup(*group, [&](const std::string &folder) { lower(folder + "/memory.max"); });
  if (auto group = findControlGroup(root, "memory", 1))
    forEachParentGroup(
        *group, [&](const std::string &folder) { lower(folder + "/memory.limit_in_bytes"); });
  return limit;
}

uint64_t peakResidentBytes() {
  return numberAfterKey(readSmallFile("/proc/self/status"), "VmHWM:").value_or(0) * 1024;
}

} // namespace qwenc::rt
