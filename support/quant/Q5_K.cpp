//===- support/quant/Q5_K.cpp --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q5_K.h"

#include "support/Float16.h"
#include "support/quant/Q4_K.h"

#include <cstring>

using namespace qwenc;

void qwenc::dequantizeQ5_K(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 256, blocks += sizeof(BlockQ5_K)) {
    BlockIntegers block;
    unpackQ5_K(blocks, block);
    float superscale = halfToFloat(block.scale), superminimum = halfToFloat(block.minimum);
    for (int j = 0; j < 256; ++j) {
      // All three products are exact in fp32.
      float scale = superscale * static_cast<float>(block.scales[j / 32]);
      float minimum = superminimum * static_cast<float>(block.minima[j / 32]);
      out[i + j] = scale * static_cast<float>(block.codes[j]) - minimum;
    }
  }
}

void qwenc::unpackQ5_K(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ5_K block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.superscale;
  out.minimum = block.superminimum;
  unpackScalesAndMinima(block.scales, out);
  for (int c = 0; c < 4; ++c)
    splitNibbles(block.nibbles + 32 * c, 32, out.codes + 64 * c);
  for (int g = 0; g < 8; ++g)
    for (int l = 0; l < 32; ++l)
      out.codes[32 * g + l] |= static_cast<uint8_t>((block.fifth[l] >> g & 1) << 4);
}
