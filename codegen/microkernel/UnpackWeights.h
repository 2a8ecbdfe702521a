//===- codegen/microkernel/UnpackWeights.h - packed bytes to operands -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the blocks of ir/kernels/PackedLayout.h to the int8 vectors that a
// dot product takes, in registers (decode) or, a panel at a time, into a buffer
// that stays in the L1 cache (prefill):
//
//   unpacked group of 32 k   [32 x fp32 scale]
//                            Q4_1: [32 x fp32 minimum]
//                            Q6_K: [2][32] int32 scales of the two halves, and
//                            for DotS8U8 [2][32] int32 start values
//                            [8 quads][32 rows][4 k] int8
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

/// One raw vector's rows r .. and rows 16 + r .. as int8 lanes.
struct NibblePair {
  mlir::Value low, high;
};

/// Splits nibbles as they are stored: on x86 both unsigned, on AArch64 the lower
/// ones unsigned and the upper ones signed.
NibblePair splitNibbles(KernelBuilder &kb, mlir::Value raw);

/// Multiples of `neg8` from which sums over stored integers must start so that
/// they become sums over the weights' true integers.
struct NibbleStarts {
  int low, high;
  int raw; ///< of 16 * high + low
};
NibbleStarts nibbleStarts(const KernelFacts &facts, WeightFormat format);

/// The same for one vector of Q8_0 as byteOperand() gives it.
int byteStart(const KernelFacts &facts);
/// The same for the operands that unpackPanel writes.
int unpackedStart(const KernelFacts &facts, WeightFormat format);

/// A stored vector of Q8_0 as the class's dot product takes it.
mlir::Value byteOperand(KernelBuilder &kb, mlir::Value stored);

/// Six-bit weights of quads 2*pair and 2*pair + 1, signed, from the two vectors
/// of nibbles and the vector of upper bits.
struct SixBitQuads {
  NibblePair quad[2];
};
SixBitQuads sixBitOperands(KernelBuilder &kb, mlir::Value nibbles0, mlir::Value nibbles1,
                           mlir::Value twoBits);

/// Offsets in an unpacked group; `bytes` is its length.
struct UnpackedGroup {
  int64_t lineBytes; ///< one value of each row; the scales are the first line
  int64_t minOffset, partScaleOffset, partStartOffset, quantsOffset, bytes;
};
UnpackedGroup unpackedGroup(const KernelFacts &facts, WeightFormat format);

/// Emits a loop that unpacks `groups` (i64) groups of 32 k of one panel. `group`
/// (i64) is the first; panel and buffer are 64-byte aligned. Q6_K: both are
/// multiples of 8.
void unpackPanel(KernelBuilder &kb, WeightFormat format, mlir::Value panel, mlir::Value group,
                 mlir::Value groups, mlir::Value buffer);

/// `lanes` weights of a float format at the address as fp32.
mlir::Value loadFloatWeights(KernelBuilder &kb, WeightFormat format, mlir::Value address);

} // namespace qwenc
#endif
