//===- ir/target/KnownCpus.h - what LLVM does not know of a CPU ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_TARGET_KNOWNCPUS_H
#define QWENC_IR_TARGET_KNOWNCPUS_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace qwenc::ir {

/// Cache sizes in bytes a core.
struct CpuCaches {
  int64_t l1;
  int64_t l2;
};

/// The row of `cpu`, or the sizes that nearly every CPU of its kind has at
/// least (32 KiB and 512 KiB) if it has no row.
CpuCaches getCpuCaches(llvm::StringRef cpu);

} // namespace qwenc::ir
#endif
