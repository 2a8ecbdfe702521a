//===- support/quant/Q2_K.cpp --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q2_K.h"

#include "support/Float16.h"

#include <cstring>

using namespace qwenc;

void qwenc::dequantizeQ2_K(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 256, blocks += sizeof(BlockQ2_K)) {
    BlockIntegers block;
    unpackQ2_K(blocks, block);
    float superscale = halfToFloat(block.scale), superminimum = halfToFloat(block.minimum);
    for (int j = 0; j < 256; ++j) {
      // All three products are exact in fp32.
      float scale = superscale * static_cast<float>(block.scales[j / 16]);
      float minimum = superminimum * static_cast<float>(block.minima[j / 16]);
      out[i + j] = scale * static_cast<float>(block.codes[j]) - minimum;
    }
  }
}

void qwenc::unpackQ2_K(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ2_K block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.superscale;
  out.minimum = block.superminimum;
  for (int g = 0; g < 16; ++g) {
    out.scales[g] = static_cast<int8_t>(block.scales[g] & 15);
    out.minima[g] = block.scales[g] >> 4;
  }
  for (int j = 0; j < 256; ++j)
    out.codes[j] = block.bits[32 * (j / 128) + j % 32] >> 2 * (j / 32 % 4) & 3;
}
