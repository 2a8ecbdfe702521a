//===- support/quant/W4.h - 4 bits, a scale per 64 or 128 -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types of our own, made of a model's weights while it is compiled; no file has
// them. Q4_0 and Q4_1 with longer groups: fewer scales to read and to multiply by,
// which is worth most where products are cheap.
//
//   W4G64, W4G128     weight = scale * (nibble - 8)
//   W4G64A, W4G128A   weight = scale * nibble + minimum
//
//   byte   0        2              4
//          | scale  | (A: minimum) | w0,w(G/2) | w1,w(G/2+1) | ...
//                                    low nibble first
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_W4_H
#define QWENC_SUPPORT_QUANT_W4_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

template <int Group> struct BlockW4 {
  static constexpr int group = Group;
  uint16_t scale; // half
  uint8_t nibbles[Group / 2];
};
template <int Group> struct BlockW4A {
  static constexpr int group = Group;
  uint16_t scale;   // half
  uint16_t minimum; // half
  uint8_t nibbles[Group / 2];
};
static_assert(sizeof(BlockW4<64>) == 34 && sizeof(BlockW4<128>) == 66);
static_assert(sizeof(BlockW4A<64>) == 36 && sizeof(BlockW4A<128>) == 68);

/// For Block one of the four above.
/// Scalar reference: `elements` (a multiple of the group) weights of a row.
/// `blocks` needs no alignment.
template <typename Block> void dequantizeW4(const uint8_t *blocks, float *out, uint64_t elements);

/// Rounds `elements` (a multiple of the group) finite values to the format: as
/// Q4_0 does, or as Q4_1.
template <typename Block> void quantizeW4(const float *values, uint8_t *blocks, uint64_t elements);

/// The stored integers of one block.
template <typename Block> void unpackW4(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
