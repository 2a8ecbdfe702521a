//===- support/quant/Q4_1.h - 4 bits, scale and minimum per 32 ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = scale * nibble + minimum
//
//   byte   0        2          4                                   20
//          | scale  | minimum  | w0,w16 | w1,w17 | ...   | w15,w31 |
//                                low nibble first, high nibble 16 elements on
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q4_1_H
#define QWENC_SUPPORT_QUANT_Q4_1_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ4_1 {
  uint16_t scale;   // half
  uint16_t minimum; // half
  uint8_t nibbles[16];
};
static_assert(sizeof(BlockQ4_1) == 20);

/// Scalar reference: `elements` (a multiple of 32) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ4_1(const uint8_t *blocks, float *out, uint64_t elements);

/// Rounds `elements` (a multiple of 32) finite values to the format, from
/// the minimum (0) to the maximum (15).
void quantizeQ4_1(const float *values, uint8_t *blocks, uint64_t elements);

/// The stored integers of one block.
void unpackQ4_1(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
