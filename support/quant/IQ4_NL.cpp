//===- support/quant/IQ4_NL.cpp ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/IQ4_NL.h"

#include "support/Float16.h"

#include <cstring>

using namespace qwenc;

void qwenc::dequantizeIQ4_NL(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 32, blocks += sizeof(BlockIQ4_NL)) {
    BlockIntegers block;
    unpackIQ4_NL(blocks, block);
    float scale = halfToFloat(block.scale);
    for (int j = 0; j < 32; ++j)
      out[i + j] = scale * static_cast<float>(kIQ4Values[block.codes[j]]);
  }
}

void qwenc::unpackIQ4_NL(const uint8_t *bytes, BlockIntegers &out) {
  BlockIQ4_NL block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.scale;
  splitNibbles(block.nibbles, 16, out.codes);
}
