//===- support/quant/Q4_K.h - 4 bits, 8 scales and minima per 256 --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = superscale * scale[i / 32] * value - superminimum * minimum[i / 32]
//
//   byte   0            2              4                    16        144
//          | superscale | superminimum | scales and minima | nibbles |
//
// The 12 bytes hold 8 scales and 8 minima of 6 bits:
//
//   bytes 0 .. 3    scale 0 .. 3, above them the upper two bits of scale 4 .. 7
//   bytes 4 .. 7    minimum 0 .. 3, above them those of minimum 4 .. 7
//   bytes 8 .. 11   lower nibbles: of scale 4 .. 7; upper: of minimum 4 .. 7
//
// Byte l of the c-th 32 bytes of nibbles holds elements 64c + l (low nibble) and
// 64c + 32 + l (high).
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q4_K_H
#define QWENC_SUPPORT_QUANT_Q4_K_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ4_K {
  uint16_t superscale;   // half
  uint16_t superminimum; // half
  uint8_t scales[12];
  uint8_t nibbles[128];
};
static_assert(sizeof(BlockQ4_K) == 144);

/// The 6-bit scales and minima of Q4_K and Q5_K, from their 12 bytes.
void unpackScalesAndMinima(const uint8_t *bytes, BlockIntegers &out);

/// Scalar reference: `elements` (a multiple of 256) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ4_K(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackQ4_K(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
