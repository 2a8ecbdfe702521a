//===- support/quant/W4.cpp -----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/W4.h"

#include "support/Float16.h"
#include "support/quant/Encode.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qwenc {
namespace {

template <typename Block> constexpr bool hasMinimum = false;
template <int Group> constexpr bool hasMinimum<BlockW4A<Group>> = true;

template <typename Block> Block load(const uint8_t *bytes) {
  Block block;
  std::memcpy(&block, bytes, sizeof block);
  return block;
}

} // namespace

template <typename Block> void unpackW4(const uint8_t *bytes, BlockIntegers &out) {
  const Block block = load<Block>(bytes);
  out.scale = block.scale;
  if constexpr (hasMinimum<Block>)
    out.minimum = block.minimum;
  splitNibbles(block.nibbles, Block::group / 2, out.codes);
}

template <typename Block> void dequantizeW4(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; i += Block::group, blocks += sizeof(Block)) {
    BlockIntegers integers;
    unpackW4<Block>(blocks, integers);
    const float scale = halfToFloat(integers.scale);
    for (int j = 0; j < Block::group; ++j) {
      const auto code = static_cast<float>(integers.codes[j]);
      if constexpr (hasMinimum<Block>)
        out[i + j] = code * scale + halfToFloat(integers.minimum);
      else
        out[i + j] = (code - 8.0f) * scale;
    }
  }
}

template <typename Block> void quantizeW4(const float *values, uint8_t *blocks, uint64_t elements) {
  constexpr int group = Block::group, half = group / 2;
  for (uint64_t i = 0; i < elements; i += group, blocks += sizeof(Block)) {
    const float *x = values + i;
    float scale, start; // a step, and what nibble 0 stands for
    Block block;
    if constexpr (hasMinimum<Block>) {
      auto [low, high] = std::minmax_element(x, x + group);
      scale = (*high - *low) / 15.0f;
      start = *low;
      block.minimum = floatToHalf(start);
    } else {
      scale = *std::max_element(x, x + group, [](float a, float b) {
        return std::fabs(a) < std::fabs(b);
      }) / -8.0f;
      start = -8.0f * scale;
    }
    block.scale = floatToHalf(scale);
    const float inverse = finiteInverse(scale);
    // Values too small for a scale are zero, which nibble 8 stands for.
    const int zero = inverse == 0.0f && !hasMinimum<Block> ? 8 : 0;
    auto nibble = [&](float v) {
      return std::clamp(static_cast<int>((v - start) * inverse + 0.5f) + zero, 0, 15);
    };
    for (int j = 0; j < half; ++j)
      block.nibbles[j] = static_cast<uint8_t>(nibble(x[j]) | nibble(x[j + half]) << 4);
    std::memcpy(blocks, &block, sizeof block);
  }
}

#define QWENC_INSTANTIATE_W4(Block)                                                                \
  template void dequantizeW4<Block>(const uint8_t *, float *, uint64_t);                           \
  template void quantizeW4<Block>(const float *, uint8_t *, uint64_t);                             \
  template void unpackW4<Block>(const uint8_t *, BlockIntegers &);
QWENC_INSTANTIATE_W4(BlockW4<64>)
QWENC_INSTANTIATE_W4(BlockW4<128>)
QWENC_INSTANTIATE_W4(BlockW4A<64>)
QWENC_INSTANTIATE_W4(BlockW4A<128>)
#undef QWENC_INSTANTIATE_W4

} // namespace qwenc
