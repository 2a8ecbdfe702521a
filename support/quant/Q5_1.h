//===- support/quant/Q5_1.h - 5 bits, scale and minimum per 32 -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = scale * value + minimum
//
//   byte   0       2         4            8                         24
//          | scale | minimum | fifth bits | w0,w16 | ...   | w15,w31 |
//
// The bits lie as in Q5_0.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q5_1_H
#define QWENC_SUPPORT_QUANT_Q5_1_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ5_1 {
  uint16_t scale;   // half
  uint16_t minimum; // half
  uint8_t fifth[4];
  uint8_t nibbles[16];
};
static_assert(sizeof(BlockQ5_1) == 24);

/// Scalar reference: `elements` (a multiple of 32) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ5_1(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackQ5_1(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
