//===- runtime/core/CpuFeatures.h - what this machine's CPU can do ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CORE_CPUFEATURES_H
#define QWENC_RUNTIME_CORE_CPUFEATURES_H

#include <cstdint>
#include <string>
#include <vector>

namespace qwenc::rt {

struct CpuFeatures {
  uint32_t mask = 0;          ///< QWEN_FEATURE_* that CPU and kernel both support
  uint32_t sveVectorBits = 0; ///< SVE length of this process; 0 without SVE
};

/// Asks cpuid (with XCR0, so that a kernel that does not save the wide
/// registers counts as not having them) or the hwcaps.
CpuFeatures detectCpuFeatures();

/// The names of the bits in `mask` as users know them ("avx2", "dotprod"), in
/// the order of their bits.
std::vector<const char *> cpuFeatureNames(uint32_t mask);

/// The same, joined by ", ".
std::string joinCpuFeatureNames(uint32_t mask);

} // namespace qwenc::rt
#endif
