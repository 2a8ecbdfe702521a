//===- support/quant/Q3_K.h - 3 bits, 16 scales per 256 ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = superscale * (scale[i / 16] - 32) * (value - 4)
//
//   byte   0            32     96       108          110
//          | third bits | bits | scales | superscale |
//
// Byte l of the h-th 32 bytes of bits holds elements 128h + 32r + l in its bits 2r
// and 2r + 1; bit 4h + r of byte l of the third bits is the element's upper bit.
// Scales have 6 bits, the lower four of scale g in byte g % 8 (low nibble for g < 8,
// else the high one), the upper two in bits 2(g / 4) of byte 8 + g % 4.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q3_K_H
#define QWENC_SUPPORT_QUANT_Q3_K_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ3_K {
  uint8_t third[32];
  uint8_t bits[64];
  uint8_t scales[12];
  uint16_t superscale; // half
};
static_assert(sizeof(BlockQ3_K) == 110);

/// Scalar reference: `elements` (a multiple of 256) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ3_K(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackQ3_K(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
