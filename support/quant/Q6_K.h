//===- support/quant/Q6_K.h - 6 bits, 16 scales per 256 -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weight = superscale * scale[i / 16] * (value - 32)
//
//   byte   0            128         192         208          210
//          | low 4 bits | high bits | 16 scales | superscale |
//
// The 256 elements are two halves of 128, each four runs of 32. With l the place
// in a run, low byte l holds run 0 (low nibble) and run 2 (high), byte 32 + l
// runs 1 and 3; the two upper bits of run r are bits 2r, 2r + 1 of high byte l.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_Q6_K_H
#define QWENC_SUPPORT_QUANT_Q6_K_H

#include "support/quant/BlockIntegers.h"

namespace qwenc {

struct BlockQ6_K {
  uint8_t low[128];
  uint8_t high[64];
  int8_t scales[16];
  uint16_t superscale; // half
};
static_assert(sizeof(BlockQ6_K) == 210);

/// Scalar reference: `elements` (a multiple of 256) weights of a row. `blocks`
/// needs no alignment.
void dequantizeQ6_K(const uint8_t *blocks, float *out, uint64_t elements);

/// Rounds `elements` (a multiple of 256) finite values to the format, with
/// the largest magnitude of a group of 16 going to -32.
void quantizeQ6_K(const float *values, uint8_t *blocks, uint64_t elements);

/// The stored integers of one block.
void unpackQ6_K(const uint8_t *block, BlockIntegers &out);

} // namespace qwenc
#endif
