//===- codegen/microkernel/UnpackWeights.h - packed bytes to operands -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the blocks of ir/kernels/PackedLayout.h to the int8 vectors that a
// dot product takes, in registers (decode) or, a panel at a time, into a buffer
// that stays in the L1 cache (prefill):
//
//   unpacked group of k      [32 x fp32 scale]
//                            [parts][32] fp32 minima, of formats that have them
//                            two scales a group: [2][32] int32 scales of the
//                            halves
//                            [8 quads, or more][32 rows][4 k] int8
//   F32, F16, BF16           [32 x fp32] for each k
//
// For matrix tiles (KernelFacts::matrixTile) a line of 32 values becomes one of
// 64, each pair of rows twice (r, r+1, r, r+1, r+2 ...), and the integers are
// [4 octets][16 pairs of rows][2 rows][8 k] int8.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_UNPACKWEIGHTS_H
#define QWENC_CODEGEN_MICROKERNEL_UNPACKWEIGHTS_H

#include "codegen/microkernel/KernelBuilder.h"

namespace qwenc {

/// The integer that stands for zero in what unpackPanel writes: AArch64 takes zero
/// points away.
int unpackedZero(const KernelFacts &facts, const FormatTraits &traits);

/// Offsets in an unpacked group; `bytes` is its length.
struct UnpackedGroup {
  int64_t lineBytes; ///< one value of each row; the scales are the first line
  int64_t minOffset, partScaleOffset, quantsOffset, bytes;
};
UnpackedGroup unpackedGroup(const KernelFacts &facts, WeightFormat format);

/// Emits a loop that unpacks `groups` (i64) groups of k of one panel. `group`
/// (i64) is the first; panel and buffer are 64-byte aligned. Blocks of 256: both
/// are multiples of 8.
void unpackPanel(KernelBuilder &kb, WeightFormat format, mlir::Value panel, mlir::Value group,
                 mlir::Value groups, mlir::Value buffer);

/// `lanes` weights of a float format at the address as fp32.
mlir::Value loadFloatWeights(KernelBuilder &kb, WeightFormat format, mlir::Value address);

} // namespace qwenc
#endif
