//===- codegen/cost/MacCounts.h - multiply-adds of an instruction ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_COST_MACCOUNTS_H
#define QWENC_CODEGEN_COST_MACCOUNTS_H

#include "llvm/ADT/StringRef.h"

namespace qwenc {

/// Multiply-adds of an instruction by LLVM's name of its opcode. Dot products
/// of integers and fused multiply-adds of floats are told apart, because the
/// epilogue of an integer kernel uses the latter for scales. `sveBits` is the length
/// of SVE vectors.
struct MacCount {
  unsigned integer = 0;
  unsigned floating = 0;
};
MacCount countMacs(llvm::StringRef opcode, unsigned sveBits);

} // namespace qwenc
#endif
