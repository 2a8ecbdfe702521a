//===- ir/target/KnownCpus.h - what LLVM does not know of a CPU ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_TARGET_KNOWNCPUS_H
#define QWENC_IR_TARGET_KNOWNCPUS_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <vector>

namespace qwenc::ir {

/// Cache sizes in bytes a core.
struct CpuCaches {
  int64_t l1;
  int64_t l2;
};

/// One machine that a core's name usually stands for, as its maker specifies it.
struct CpuFacts {
  CpuCaches caches;
  int64_t l3;          ///< bytes that all cores share beyond L2; 0: none
  double clockGHz;     ///< that all cores sustain
  unsigned cores;      ///< of one socket
  double bandwidthGBs; ///< 1e9 bytes a second of the memory, at its pins
  /// The CPU whose scheduling model describes this one, because LLVM lends it
  /// that of a core which is less like it; else the CPU itself.
  llvm::StringRef modelAs;
  llvm::StringRef machine; ///< "Raspberry Pi 5 (BCM2712)"
  bool known;              ///< false: all but `modelAs` is a guess
};

/// The row of `cpu`. A CPU without a row gets the caches that nearly every one of
/// its kind has at least (32 KiB and 512 KiB) and a machine of 4 cores at 2 GHz
/// with 20 GB/s, marked as not known.
CpuFacts getCpuFacts(llvm::StringRef cpu);

/// Bits of the CPU's SVE vectors; 0 if not known. Whether it has SVE at all is
/// LLVM's to say.
unsigned getSveBits(llvm::StringRef cpu);

/// How loops that stream weights should prefetch them.
struct CpuPrefetch {
  unsigned bytes = 0; ///< ahead; 0: the CPU's own prefetchers do as well, or nobody measured
  unsigned level = 0; ///< 2: into the second cache; 0: into the first alone
};
CpuPrefetch getCpuPrefetch(llvm::StringRef cpu);

/// Every name of a CPU in the tables behind these.
std::vector<llvm::StringRef> namesOfKnownCpus();

/// The cache sizes of getCpuFacts(cpu).
CpuCaches getCpuCaches(llvm::StringRef cpu);

} // namespace qwenc::ir
#endif
