//===- support/quant/Q6_K.cpp ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q6_K.h"

#include "support/Float16.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace qwenc;

void qwenc::unpackQ6_K(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ6_K block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.superscale;
  std::memcpy(out.scales, block.scales, sizeof block.scales);
  for (int half = 0; half < 2; ++half)
    for (int run = 0; run < 4; ++run)
      for (int l = 0; l < 32; ++l) {
        int low = block.low[half * 64 + (run & 1) * 32 + l] >> (run >> 1) * 4 & 15;
        int high = block.high[half * 32 + l] >> run * 2 & 3;
        out.codes[half * 128 + run * 32 + l] = static_cast<uint8_t>(low | high << 4);
      }
}

void qwenc::dequantizeQ6_K(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 256, blocks += sizeof(BlockQ6_K)) {
    BlockIntegers block;
    unpackQ6_K(blocks, block);
    float superscale = halfToFloat(block.scale);
    for (int j = 0; j < 256; ++j) {
      float scale = superscale * static_cast<float>(block.scales[j / 16]);
      out[i + j] = scale * static_cast<float>(block.codes[j] - 32);
    }
  }
}

void qwenc::quantizeQ6_K(const float *values, uint8_t *blocks, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 256, blocks += sizeof(BlockQ6_K)) {
    const float *x = values + i;
    float step[16];
    float widest = 0.0f;
    for (int g = 0; g < 16; ++g) {
      float extreme = *std::max_element(x + g * 16, x + g * 16 + 16, [](float a, float b) {
        return std::fabs(a) < std::fabs(b);
      });
      step[g] = extreme / -32.0f;
      if (std::fabs(step[g]) > std::fabs(widest))
        widest = step[g];
    }
    BlockQ6_K block = {};
    block.superscale = floatToHalf(widest / -128.0f);
    float superscale = halfToFloat(block.superscale);
    for (int g = 0; g < 16; ++g)
      block.scales[g] =
          superscale == 0.0f
              ? int8_t(0)
              : static_cast<int8_t>(std::clamp(std::round(step[g] / superscale), -128.0f, 127.0f));
    for (int element = 0; element < 256; ++element) {
      float scale = superscale * static_cast<float>(block.scales[element / 16]);
      float q = scale == 0.0f ? 0.0f : std::clamp(std::round(x[element] / scale), -32.0f, 31.0f);
      int value = static_cast<int>(q) + 32;
      int half = element / 128, run = element / 32 % 4, l = element % 32;
      block.low[half * 64 + (run & 1) * 32 + l] |=
          static_cast<uint8_t>((value & 15) << (run >> 1) * 4);
      block.high[half * 32 + l] |= static_cast<uint8_t>(value >> 4 << run * 2);
    }
    std::memcpy(blocks, &block, sizeof block);
  }
}
