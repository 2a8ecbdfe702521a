//===- support/quant/IQ4_XS.h - 4 bits that choose of a table, 8 scales per 256 ===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = superscale * (scale[i / 32] - 32) * table[nibble]
//
//   byte   0            2             4            8         136
//          | superscale | upper pairs | low scales | nibbles |
//
// The table is that of IQ4_NL. Scales have 6 bits: the lower four of scale g are
// nibble g of the low scales (low nibble first), the upper two bits 2g and 2g + 1
// of the upper pairs. Byte l of the g-th 16 bytes of nibbles holds elements 32g + l
// (low nibble) and 32g + 16 + l (high).
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_IQ4_XS_H
#define QWENC_SUPPORT_QUANT_IQ4_XS_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockIQ4_XS {
  uint16_t superscale; // half
  uint16_t upperPairs;
  uint8_t lowScales[4];
  uint8_t nibbles[128];
};
static_assert(sizeof(BlockIQ4_XS) == 136);

/// Scalar reference: `elements` (a multiple of 256) weights of a row. `blocks`
/// needs no alignment.
void dequantizeIQ4_XS(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackIQ4_XS(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
