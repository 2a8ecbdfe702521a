//===- support/quant/Q4_K.cpp --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q4_K.h"

#include "support/Float16.h"

#include <cstring>

using namespace qwenc;

void qwenc::dequantizeQ4_K(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 256, blocks += sizeof(BlockQ4_K)) {
    BlockIntegers block;
    unpackQ4_K(blocks, block);
    float superscale = halfToFloat(block.scale), superminimum = halfToFloat(block.minimum);
    for (int j = 0; j < 256; ++j) {
      // All three products are exact in fp32.
      float scale = superscale * static_cast<float>(block.scales[j / 32]);
      float minimum = superminimum * static_cast<float>(block.minima[j / 32]);
      out[i + j] = scale * static_cast<float>(block.codes[j]) - minimum;
    }
  }
}

void qwenc::unpackScalesAndMinima(const uint8_t *bytes, BlockIntegers &out) {
  for (int g = 0; g < 4; ++g) {
    out.scales[g] = static_cast<int8_t>(bytes[g] & 63);
    out.minima[g] = bytes[g + 4] & 63;
    out.scales[g + 4] = static_cast<int8_t>((bytes[g + 8] & 15) | (bytes[g] >> 6) << 4);
    out.minima[g + 4] = static_cast<uint8_t>(bytes[g + 8] >> 4 | (bytes[g + 4] >> 6) << 4);
  }
}

void qwenc::unpackQ4_K(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ4_K block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.superscale;
  out.minimum = block.superminimum;
  unpackScalesAndMinima(block.scales, out);
  for (int c = 0; c < 4; ++c)
    splitNibbles(block.nibbles + 32 * c, 32, out.codes + 64 * c);
}
