//===- support/quant/IQ4_XS.cpp ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/IQ4_XS.h"

#include "support/Float16.h"
#include "support/quant/IQ4_NL.h"

#include <cstring>

using namespace qwenc;

void qwenc::dequantizeIQ4_XS(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += 256, blocks += sizeof(BlockIQ4_XS)) {
    BlockIntegers block;
    unpackIQ4_XS(blocks, block);
    float superscale = halfToFloat(block.scale);
    for (int j = 0; j < 256; ++j) {
      float scale = superscale * static_cast<float>(block.scales[j / 32]);
      out[i + j] = scale * static_cast<float>(kIQ4Values[block.codes[j]]);
    }
  }
}

void qwenc::unpackIQ4_XS(const uint8_t *bytes, BlockIntegers &out) {
  BlockIQ4_XS block;
  std::memcpy(&block, bytes, sizeof block);
  out.scale = block.superscale;
  for (int g = 0; g < 8; ++g) {
    int low = block.lowScales[g / 2] >> 4 * (g % 2) & 15;
    int high = block.upperPairs >> 2 * g & 3;
    out.scales[g] = static_cast<int8_t>((low | high << 4) - 32);
    splitNibbles(block.nibbles + 16 * g, 16, out.codes + 32 * g);
  }
}
