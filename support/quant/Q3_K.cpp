//===- support/quant/Q3_K.cpp --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q3_K.h"

#include "support/Float16.h"

#include <cstring>

using namespace qwenc;

void qwenc::dequantizeQ3_K(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 256, blocks += sizeof(BlockQ3_K)) {
    BlockIntegers block;
    unpackQ3_K(blocks, block);
    float superscale = halfToFloat(block.scale);
    for (int j = 0; j < 256; ++j) {
      float scale = superscale * static_cast<float>(block.scales[j / 16]);
      out[i + j] = scale * static_cast<float>(block.codes[j] - 4);
    }
  }
}

void qwenc::unpackQ3_K(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ3_K block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.superscale;
  for (int g = 0; g < 16; ++g) {
    int low = block.scales[g % 8] >> (g < 8 ? 0 : 4) & 15;
    int high = block.scales[8 + g % 4] >> 2 * (g / 4) & 3;
    out.scales[g] = static_cast<int8_t>((low | high << 4) - 32);
  }
  for (int j = 0; j < 256; ++j) {
    int half = j / 128, run = j / 32 % 4, l = j % 32;
    int low = block.bits[32 * half + l] >> 2 * run & 3;
    int high = block.third[l] >> (4 * half + run) & 1;
    out.codes[j] = static_cast<uint8_t>(low | high << 2);
  }
}
