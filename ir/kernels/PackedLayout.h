//===- ir/kernels/PackedLayout.h - weights as kernels read them ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of a weight matrix are taken in panels of 32 (the last one padded with
// rows of zeros), and a panel is a sequence of blocks along k, so that a kernel
// reads one contiguous stream whatever its vectors' length.
//
//   Q4_0, Q4_1   block of 32 k: [32 x fp16 scale] ([32 x fp16 minimum])
//                [8 chunks of 64 bytes]; byte j of chunk c belongs to
//                k = 4c + j%4, low nibble row j/4, high nibble row 16 + j/4
//   Q8_0         block of 32 k: [32 x fp16 scale][16 chunks of 64 bytes];
//                byte j of chunk 2c+h: k = 4c + j%4, row 16h + j/4
//   Q6_K         block of 256 k: [32 x fp16 scale] and 8 times, for 32 k each:
//                [2][32 rows] int8 scales of the first and second 16 k, and 4
//                times, for 8 k each, in the order in which kernels read them:
//                2 chunks of 64 bytes, nibbles of 4 k each as in Q4_0
//                1 chunk of 64 bytes, the upper two bits: byte j has k % 4 =
//                j%4 and row j/4 (bits 1:0) and 16 + j/4 (3:2) of the first
//                4 k, 5:4 and 7:6 of the second
//   F32, F16, BF16   [k][32 rows] elements
//
// The stored integers differ by architecture, so that the first instruction
// that touches them can be the dot product:
//   x86      nibbles and bytes are unsigned (q+8, q+128, Q6_K: q+32), because
//            vpmaddubsw and vpdpbusd want an unsigned operand
//   aarch64  low nibbles unsigned (q+8), high nibbles two's complement, so that
//            the raw byte is 16*high + low of both signs' worth for `sdot`;
//            Q8_0 is signed; Q6_K as on x86
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_PACKING_PACKEDLAYOUT_H
#define QWENC_CODEGEN_PACKING_PACKEDLAYOUT_H

#include "ir/kernels/KernelSpec.h"
#include <cstdint>

namespace qwenc {

/// Sizes of one block of a packed panel (32 rows x blockK).
struct PackedBlock {
  int64_t blockK;       ///< k of a block: 1 (floats), 32, or 256 (Q6_K)
  int64_t bytes;        ///< of a block; a multiple of 64
  int64_t scaleOffset;  ///< of the 32 fp16 scales
  int64_t minOffset;    ///< of the 32 fp16 minima (Q4_1), else 0
  int64_t quantsOffset; ///< of the first chunk (Q6_K: of the first sub-block)
};

/// The shape of a format's blocks.
PackedBlock packedBlock(WeightFormat format);

/// Bytes of one Q6_K sub-block of 32 k and offsets inside it.
inline constexpr int64_t kQ6KSubBlockBytes = 64 + 4 * 192;
constexpr int64_t q6kNibbleOffset(int64_t quad) { return 64 + 192 * (quad / 2) + 64 * (quad % 2); }
constexpr int64_t q6kTwoBitOffset(int64_t quad) { return 64 + 192 * (quad / 2) + 128; }

/// Bytes of a row of `k` weights in the GGUF file; k is a multiple of ggufBlockK.
int64_t ggufRowBytes(WeightFormat format, int64_t k);
/// Multiple of which k must be: 1 (floats), 32, or 256 (Q6_K).
int64_t ggufBlockK(WeightFormat format);

/// Bytes of one packed panel; a multiple of 64.
int64_t packedPanelBytes(WeightFormat format, int64_t k);

/// Panels of a matrix of `rows` rows.
inline int64_t panelCount(int64_t rows) { return (rows + kPanelRows - 1) / kPanelRows; }

/// Bytes of a packed matrix of rows x k, padding rows included.
int64_t packedBytes(WeightFormat format, int64_t rows, int64_t k);

} // namespace qwenc
#endif
