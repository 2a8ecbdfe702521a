//===- support/quant/Q4_1.cpp ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q4_1.h"

#include "support/Float16.h"
#include "support/quant/Encode.h"

#include <algorithm>
#include <cstring>

using namespace qwenc;

void qwenc::dequantizeQ4_1(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 32, blocks += sizeof(BlockQ4_1)) {
    BlockQ4_1 block;
    std::memcpy(&block, blocks, sizeof block);
    float scale = halfToFloat(block.scale), minimum = halfToFloat(block.minimum);
    // The product is exact in fp32 (4 + 11 bits), so a fused multiply-add
    // gives the same sum.
    for (int j = 0; j < 16; ++j) {
      out[i + j] = static_cast<float>(block.nibbles[j] & 15) * scale + minimum;
      out[i + j + 16] = static_cast<float>(block.nibbles[j] >> 4) * scale + minimum;
    }
  }
}

void qwenc::unpackQ4_1(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ4_1 block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.scale;
  out.minimum = block.minimum;
  splitNibbles(block.nibbles, 16, out.codes);
}

void qwenc::quantizeQ4_1(const float *values, uint8_t *blocks, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 32, blocks += sizeof(BlockQ4_1)) {
    const float *x = values + i;
    auto [low, high] = std::minmax_element(x, x + 32);
    float minimum = *low, scale = (*high - *low) / 15.0f;
    float inverse = finiteInverse(scale);
    auto nibble = [&](float v) {
      return static_cast<uint8_t>(
          std::clamp(static_cast<int>((v - minimum) * inverse + 0.5f), 0, 15));
    };
    BlockQ4_1 block;
    block.scale = floatToHalf(scale);
    block.minimum = floatToHalf(minimum);
    for (int j = 0; j < 16; ++j)
      block.nibbles[j] = static_cast<uint8_t>(nibble(x[j]) | nibble(x[j + 16]) << 4);
    std::memcpy(blocks, &block, sizeof block);
  }
}
