//===- support/quant/MXFP4.h - 4-bit floats, a power of two per 32 -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = 2^(exponent - 127) * e2m1(nibble)
//
//   byte   0          1                                    17
//          | exponent | w0,w16 | w1,w17 | ...    | w15,w31 |
//                       low nibble first, high nibble 16 elements on
//
// The format of OCP's Microscaling specification (E8M0 scale, E2M1 elements). The
// table holds twice the elements, which are integers then; the scale is halved.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_MXFP4_H
#define QWENC_SUPPORT_QUANT_MXFP4_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockMXFP4 {
  uint8_t exponent;
  uint8_t nibbles[16];
};
static_assert(sizeof(BlockMXFP4) == 17);

/// Twice the values of the E2M1 codes.
inline constexpr int8_t kMXFP4Values[16] = {0, 1,  2,  3,  4,  6,  8,  12,
                                            0, -1, -2, -3, -4, -6, -8, -12};

/// The bits of the float 2^(exponent - 128); subnormal for exponents 0 and 1.
constexpr uint32_t halfPowerBits(uint8_t exponent) {
  return exponent < 2 ? uint32_t(0x00200000) << exponent : uint32_t(exponent - 1) << 23;
}

/// Scalar reference: `elements` (a multiple of 32) weights of a row. `blocks`
/// needs no alignment.
void dequantizeMXFP4(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
void unpackMXFP4(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
