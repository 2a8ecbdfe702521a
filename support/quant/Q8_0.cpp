//===- support/quant/Q8_0.cpp ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q8_0.h"

#include "support/Float16.h"
#include "support/quant/Encode.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace qwenc;

void qwenc::dequantizeQ8_0(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 32, blocks += sizeof(BlockQ8_0)) {
    BlockQ8_0 block;
    std::memcpy(&block, blocks, sizeof block);
    float scale = halfToFloat(block.scale);
    for (int j = 0; j < 32; ++j)
      out[i + j] = static_cast<float>(block.values[j]) * scale;
  }
}

void qwenc::unpackQ8_0(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ8_0 block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.scale;
  for (int j = 0; j < 32; ++j)
    out.codes[j] = static_cast<uint8_t>(block.values[j] + 128);
}

/// Groups of `length` share a scale.
static void quantizeGroups(const float *values, uint8_t *blocks, uint64_t elements,
                           uint64_t length) {
  for (uint64_t i = 0; i < elements; i += length) {
    float largest = 0.0f;
    for (uint64_t j = i; j < i + length; ++j)
      largest = std::max(largest, std::fabs(values[j]));
    const float scale = largest / 127.0f, inverse = finiteInverse(scale);
    for (uint64_t first = i; first < i + length; first += 32, blocks += sizeof(BlockQ8_0)) {
      BlockQ8_0 block;
      block.scale = floatToHalf(scale);
      for (int j = 0; j < 32; ++j)
        block.values[j] = static_cast<int8_t>(
            std::clamp(std::round(values[first + j] * inverse), -127.0f, 127.0f));
      std::memcpy(blocks, &block, sizeof block);
    }
  }
}

void qwenc::quantizeQ8_0(const float *values, uint8_t *blocks, uint64_t elements) {
  quantizeGroups(values, blocks, elements, 32);
}

void qwenc::quantizeQ8Row(const float *values, uint8_t *blocks, uint64_t elements) {
  quantizeGroups(values, blocks, elements, elements);
}
