//===- runtime/core/MemoryLimit.h - how much memory there is ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CORE_MEMORYLIMIT_H
#define QWENC_RUNTIME_CORE_MEMORYLIMIT_H

#include <cstdint>
#include <string>

namespace qwenc::rt {

/// The most memory this process could ever hold: the machine's memory or the
/// limit of its control group, whichever is smaller; UINT64_MAX if unknown.
/// `root` is empty, or a folder with /proc and /sys for tests.
uint64_t memoryLimit(const std::string &root = "");

/// The peak resident memory of this process in bytes (VmHWM); 0 if unknown.
uint64_t peakResidentBytes();

} // namespace qwenc::rt
#endif
