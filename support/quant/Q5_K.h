//===- support/quant/Q5_K.h - 5 bits, 8 scales and minima per 256 --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = superscale * scale[i / 32] * value - superminimum * minimum[i / 32]
//
//   byte   0            2              4                   16           48        176
//          | superscale | superminimum | scales and minima | fifth bits | nibbles |
//
// Scales, minima and nibbles lie as in Q4_K. Bit g of byte l of the fifth bits is
// that of element 32g + l.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q5_K_H
#define QWENC_SUPPORT_QUANT_Q5_K_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ5_K {
  uint16_t superscale;   // half
  uint16_t superminimum; // half
  uint8_t scales[12];
  uint8_t fifth[32];
  uint8_t nibbles[128];
};
static_assert(sizeof(BlockQ5_K) == 176);

/// Scalar reference: `elements` (a multiple of 256) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ5_K(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackQ5_K(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
