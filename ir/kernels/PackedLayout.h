//===- ir/kernels/PackedLayout.h - weights as kernels read them ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of a weight matrix are taken in panels of 32 (the last one padded with
// rows of zeros), and a panel is a sequence of blocks along k, so that a kernel
// reads one contiguous stream whatever its vectors' length. A block covers as
// many k as the file's (32, or 256 with scales in two levels):
//
//   [32 x scale]     fp16; MXFP4: a byte; W8: once, before all blocks
//   [32 x minimum]   fp16, of formats that have one
//   and for each 32 k
//   [parts]          blocks of 256: for each part 32 int8 scales, then for each part
//                    32 byte minima (Q2_K: upper nibbles)
//   [integers]       in chunks of 64 bytes
//
// in the order in which kernels read them: what a CPU fetches ahead by itself is
// the one stream. (The parts of IQ4_XS, 32 bytes, come before all integers, which
// would not be aligned between them.)
//
// Integers of 4, 2 or 1 bits: byte j of a chunk holds those of rows j/4 (lower
// bits) and 16 + j/4 (next to them), k % 4 = j % 4, for one, two or four times 4 k
// from the lower bits to the upper ones. So chunks cover 4, 8 or 16 k. Integers of
// 5, 6 and 3 bits are such planes of 4 and 1, 4 and 2, 2 and 1 bits, with chunks in
// the order in which kernels read them:
//
//   4         k 0-3 | 4-7 | ...                 8 chunks a group of 32 k
//   4 + 2     k 0-3 | 4-7 | 0-7 two-bit | ...   12
//   4 + 1     k 0-3 | 4-7 | 8-11 | 12-15 | 0-15 one-bit | ...   10
//   2         k 0-7 | 8-15 | ...                4
//   2 + 1     k 0-7 | 8-15 | 0-15 one-bit | ...   6
//   8         byte j of chunk 2c+h: k = 4c + j%4, row 16h + j/4   16
//
//   F32, F16, BF16   [k][32 rows] elements
//
// The stored integers differ by architecture, so that the first instruction
// that touches them can be the dot product:
//   x86      all are unsigned (Q4_0: q+8, Q8_0: q+128, Q6_K: q+32), because
//            vpmaddubsw and vpdpbusd want an unsigned operand
//   aarch64  low nibbles unsigned, high nibbles two's complement (less 8), so that
//            the raw byte is 16*high + low of both signs' worth for `sdot`; not so
//            the codes of table formats; Q8_0 is signed
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_PACKING_PACKEDLAYOUT_H
#define QWENC_CODEGEN_PACKING_PACKEDLAYOUT_H

#include "ir/kernels/FormatTraits.h"
#include <cstdint>

namespace qwenc {

/// Sizes of one block of a packed panel (32 rows x blockK).
struct PackedBlock {
  int64_t headerBytes;  ///< of the panel, before its blocks: 32 fp16 scales, or 0
  int64_t blockK;       ///< k of a block: 1 (floats), 32, or 256
  int64_t bytes;        ///< of a block; a multiple of 64, or 32 (MXFP4)
  int64_t scaleOffset;  ///< of the 32 scales, if they are in the block
  int64_t minOffset;    ///< of the 32 fp16 minima, else 0
  int64_t partsOffset;  ///< of the first group's parts, else 0
  int64_t partsBytes;   ///< of a group's parts
  int64_t partsStride;  ///< from a group's parts to the next one's
  int64_t quantsOffset; ///< of the first group's integers
  int64_t quantsBytes;  ///< of a group's integers
  int64_t quantsStride; ///< from a group's integers to the next one's

  /// Alignment of chunks, in a panel that is 64-byte aligned.
  unsigned alignment() const { return bytes % 64 ? 32 : 64; }
};

/// The shape of a format's blocks.
PackedBlock packedBlock(WeightFormat format);

/// Where bits of integers lie: the chunk's offset in its group of 32 k, and the
/// bits' place in the chunk's bytes.
struct PlanePosition {
  int64_t offset;
  int shift;
};
/// Of plane `plane`, for k 4*quad .. 4*quad+3 of rows 0 .. 15 (half 0) or 16 .. 31.
PlanePosition planePosition(const FormatTraits &traits, int plane, int quad, int half);

/// True if high nibbles are stored in two's complement: less 8.
inline bool highNibblesSigned(const FormatTraits &traits, KernelArch arch) {
  return arch == KernelArch::AArch64 && traits.lowBits == 4 && !traits.table;
}

/// Bytes of a row of `k` weights in the GGUF file; k is a multiple of ggufBlockK.
int64_t ggufRowBytes(WeightFormat format, int64_t k);
/// Multiple of which k must be: 1 (floats), 32, or 256.
int64_t ggufBlockK(WeightFormat format);

/// Bytes of one packed panel; a multiple of 32.
int64_t packedPanelBytes(WeightFormat format, int64_t k);

/// Panels of a matrix of `rows` rows.
inline int64_t panelCount(int64_t rows) { return (rows + kPanelRows - 1) / kPanelRows; }

/// Bytes of a packed matrix of rows x k, padding rows included.
int64_t packedBytes(WeightFormat format, int64_t rows, int64_t k);

} // namespace qwenc
#endif
