//===- support/quant/Q5_1.cpp --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Q5_1.h"

#include "support/Float16.h"

#include <cstring>

using namespace qwenc;

void qwenc::dequantizeQ5_1(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 32, blocks += sizeof(BlockQ5_1)) {
    BlockIntegers block;
    unpackQ5_1(blocks, block);
    // The product is exact in fp32, as in Q4_1.
    float scale = halfToFloat(block.scale), minimum = halfToFloat(block.minimum);
    for (int j = 0; j < 32; ++j)
      out[i + j] = static_cast<float>(block.codes[j]) * scale + minimum;
  }
}

void qwenc::unpackQ5_1(const uint8_t *bytes, BlockIntegers &out) {
  BlockQ5_1 block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.scale;
  out.minimum = block.minimum;
  splitNibbles(block.nibbles, 16, out.codes);
  for (int j = 0; j < 32; ++j)
    out.codes[j] |= static_cast<uint8_t>((block.fifth[j / 8] >> j % 8 & 1) << 4);
}
