//===- support/quant/MXFP4.cpp -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/MXFP4.h"

#include <bit>
#include <cstring>

using namespace qwenc;

void qwenc::dequantizeMXFP4(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 32, blocks += sizeof(BlockMXFP4)) {
    BlockIntegers block;
    unpackMXFP4(blocks, block);
    float scale = std::bit_cast<float>(halfPowerBits(static_cast<uint8_t>(block.scale)));
    for (int j = 0; j < 32; ++j)
      out[i + j] = scale * static_cast<float>(kMXFP4Values[block.codes[j]]);
  }
}

void qwenc::unpackMXFP4(const uint8_t *bytes, BlockIntegers &out) {
  BlockMXFP4 block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.exponent;
  splitNibbles(block.nibbles, 16, out.codes);
}
