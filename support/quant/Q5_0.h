//===- support/quant/Q5_0.h - 5 bits, a scale per 32 ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = scale * (value - 16)
//
//   byte   0       2            6                                   22
//          | scale | fifth bits | w0,w16 | w1,w17 | ...   | w15,w31 |
//
// Low nibble first, high nibble 16 elements on; bit i of the 32 fifth bits is
// element i's.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q5_0_H
#define QWENC_SUPPORT_QUANT_Q5_0_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ5_0 {
  uint16_t scale; // half
  uint8_t fifth[4];
  uint8_t nibbles[16];
};
static_assert(sizeof(BlockQ5_0) == 22);

/// Scalar reference: `elements` (a multiple of 32) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ5_0(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackQ5_0(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
