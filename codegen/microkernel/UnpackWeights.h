//===- codegen/microkernel/UnpackWeights.h - packed bytes to operands -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the blocks of ir/kernels/PackedLayout.h to the int8 vectors that a
// dot product takes, in registers (decode) or, a panel at a time, into a buffer
// that stays in the L1 cache (prefill):
//
//   unpacked group of k      [32 x fp32 scale], unless whole rows have theirs
//                            [parts][32] fp32 minima, of formats that have them
//                            two scales a group: [2][32] scales of the halves, as
//                            partScaleForm says
//                            [8 quads, or more][32 rows][4 k] int8
//   F32, F16, BF16           [32 x fp32] for each k
//
// Where loads below an address are cheaper (KernelFacts::loadsBelow), the rows of
// each tile have such groups of their own, one after the other.
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

/// How the integer scales of a group's two parts are unpacked. All give the same sums:
/// fp32 holds sums of 16 products of 6 and 8 bits times a scale of 8 exactly.
enum class PartScaleForm {
  Int32,
  Float, ///< x86 multiplies and adds fp32 in one operation, int32 in three
  Pairs, ///< twice in int16: vpmaddwd then scales and adds sums in int16
};
PartScaleForm partScaleForm(const KernelFacts &facts, const FormatTraits &traits);

/// Where things are in an unpacked group of a panel's rows, or of a tile's rows
/// where each tile has a buffer of its own (KernelFacts::loadsBelow).
struct UnpackedGroup {
  int rows;
  int64_t lineBytes; ///< one value of each row; the scales, if any, are the first line
  int64_t quadBytes; ///< four k of each row (matrix tiles: half of an octet)
  int64_t minOffset, partScaleOffset, quantsOffset;
  int64_t bytes;    ///< length of the group
  int64_t rowBytes; ///< times a tile's first row: where its groups begin

  /// Bytes of the groups of all rows.
  int64_t panelBytes() const { return kPanelRows / rows * bytes; }
};
/// `tileRows`: MatmulKernelSpec::nr.
UnpackedGroup unpackedGroup(const KernelFacts &facts, WeightFormat format, int tileRows);

/// Emits a loop that unpacks `groups` (i64) groups of k of one panel, at most
/// facts.unpackedK k. `group` (i64) is the first; panel and buffer are 64-byte
/// aligned. Blocks of 256: both are multiples of 8.
void unpackPanel(KernelBuilder &kb, const MatmulKernelSpec &spec, mlir::Value panel,
                 mlir::Value group, mlir::Value groups, mlir::Value buffer);

/// `lanes` weights of a float format at the address as fp32.
mlir::Value loadFloatWeights(KernelBuilder &kb, WeightFormat format, mlir::Value address);

} // namespace qwenc
#endif
