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
  uint32_t sveVectorBits = 0; ///< SVE length that the process starts with; 0 without SVE
  uint32_t sveLengths = 0;    ///< bit i: vectors of 128 * (i + 1) bits can be set

  /// Whether setSveVectorBits(bits) will succeed.
  bool hasSveLength(uint32_t bits) const {
    return bits % 128 == 0 && bits >= 128 && bits <= 2048 && (sveLengths >> (bits / 128 - 1) & 1);
  }
};

/// Makes SVE vectors of this thread, and of all that it creates later, `bits` long.
/// False if the CPU or the kernel does not allow that length.
bool setSveVectorBits(uint32_t bits);

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
