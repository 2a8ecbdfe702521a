//===- support/quant/Q4_0.cpp ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q4_0.h"

#include "support/Float16.h"
#include "support/quant/Encode.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace qwenc;

void qwenc::dequantizeQ4_0(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 32, blocks += sizeof(BlockQ4_0)) {
    BlockQ4_0 block;
    std::memcpy(&block, blocks, sizeof block);
    float scale = halfToFloat(block.scale);
    for (int j = 0; j < 16; ++j) {
      out[i + j] = static_cast<float>((block.nibbles[j] & 15) - 8) * scale;
      out[i + j + 16] = static_cast<float>((block.nibbles[j] >> 4) - 8) * scale;
    }
  }
}

void qwenc::unpackQ4_0(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ4_0 block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.scale;
  splitNibbles(block.nibbles, 16, out.codes);
}

void qwenc::quantizeQ4_0(const float *values, uint8_t *blocks, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 32, blocks += sizeof(BlockQ4_0)) {
    const float *x = values + i;
    float extreme =
        *std::max_element(x, x + 32, [](float a, float b) { return std::fabs(a) < std::fabs(b); });
    float scale = extreme / -8.0f;
    float inverse = finiteInverse(scale);
    // ggml's rounding is that of a fused multiply-add, whatever the CPU.
    auto nibble = [&](float v) {
      auto shifted = static_cast<float>(static_cast<double>(v) * inverse + 8.5);
      return static_cast<uint8_t>(std::clamp(static_cast<int>(shifted), 0, 15));
    };
    BlockQ4_0 block;
    block.scale = floatToHalf(scale);
    for (int j = 0; j < 16; ++j)
      block.nibbles[j] = static_cast<uint8_t>(nibble(x[j]) | nibble(x[j + 16]) << 4);
    std::memcpy(blocks, &block, sizeof block);
  }
}
