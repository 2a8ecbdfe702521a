//===- support/quant/Q2_K.h - 2 bits, 16 scales and minima per 256 -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = superscale * scale[i / 16] * value - superminimum * minimum[i / 16]
//
//   byte   0                   16     80           82             84
//          | scales and minima | bits | superscale | superminimum |
//
// The low nibble of byte g is scale g, the high one minimum g. Byte l of the h-th
// 32 bytes of bits holds elements 128h + 32r + l in its bits 2r and 2r + 1.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q2_K_H
#define QWENC_SUPPORT_QUANT_Q2_K_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ2_K {
  uint8_t scales[16];
  uint8_t bits[64];
  uint16_t superscale;   // half
  uint16_t superminimum; // half
};
static_assert(sizeof(BlockQ2_K) == 84);

/// Scalar reference: `elements` (a multiple of 256) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ2_K(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackQ2_K(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
