//===- support/quant/IQ4_NL.h - 4 bits that choose of a table, a scale per 32 ===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = scale * table[nibble]
//
//   byte   0        2                                    18
//          | scale  | w0,w16 | w1,w17 | ...    | w15,w31 |
//                     low nibble first, high nibble 16 elements on
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_IQ4_NL_H
#define QWENC_SUPPORT_QUANT_IQ4_NL_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockIQ4_NL {
  uint16_t scale; // half
  uint8_t nibbles[16];
};
static_assert(sizeof(BlockIQ4_NL) == 18);

/// What the nibbles of IQ4_NL and IQ4_XS stand for.
inline constexpr int8_t kIQ4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};

/// Scalar reference: `elements` (a multiple of 32) weights of a row. `blocks`
/// needs no alignment.
void dequantizeIQ4_NL(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackIQ4_NL(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
