//===- support/quant/Q4_0.h - 4 bits, a scale per 32 ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = scale * (nibble - 8)
//
//   byte   0        2                                              18
//          | scale  | w0,w16 | w1,w17 | ...              | w15,w31 |
//                     low nibble first, high nibble 16 elements on
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q4_0_H
#define QWENC_SUPPORT_QUANT_Q4_0_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ4_0 {
  uint16_t scale; // half
  uint8_t nibbles[16];
};
static_assert(sizeof(BlockQ4_0) == 18);

/// Scalar reference: `elements` (a multiple of 32) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ4_0(const uint8_t *blocks, float *out, uint64_t elements);

/// Rounds `elements` (a multiple of 32) finite values to the format, the
/// largest magnitude going to -8.
void quantizeQ4_0(const float *values, uint8_t *blocks, uint64_t elements);

/// The stored integers of one block.
void unpackQ4_0(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
