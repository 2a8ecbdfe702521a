//===- support/quant/Q8_0.h - 8 bits, a scale per 32 ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = scale * value
//
//   byte   0        2                       34
//          | scale  | w0 | w1 | ...  | w31 |
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q8_0_H
#define QWENC_SUPPORT_QUANT_Q8_0_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ8_0 {
  uint16_t scale; // half
  int8_t values[32];
};
static_assert(sizeof(BlockQ8_0) == 34);

/// Scalar reference: `elements` (a multiple of 32) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ8_0(const uint8_t *blocks, float *out, uint64_t elements);

/// Rounds `elements` (a multiple of 32) finite values to the format, the
/// largest magnitude going to 127.
void quantizeQ8_0(const float *values, uint8_t *blocks, uint64_t elements);

/// The same with one scale for all blocks, the row's.
void quantizeQ8Row(const float *values, uint8_t *blocks, uint64_t elements);

/// The stored integers of one block.
void unpackQ8_0(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
