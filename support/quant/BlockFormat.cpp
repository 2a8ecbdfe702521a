//===- support/quant/BlockFormat.cpp - the table of formats ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/BlockFormat.h"

#include "support/quant/IQ4_NL.h"
#include "support/quant/IQ4_XS.h"
#include "support/quant/MXFP4.h"
#include "support/quant/PlainFloat.h"
#include "support/quant/Q2_K.h"
#include "support/quant/Q3_K.h"
#include "support/quant/Q4_0.h"
#include "support/quant/Q4_1.h"
#include "support/quant/Q4_K.h"
#include "support/quant/Q5_0.h"
#include "support/quant/Q5_1.h"
#include "support/quant/Q5_K.h"
#include "support/quant/Q6_K.h"
#include "support/quant/Q8_0.h"
#include "support/quant/W4.h"

#include <cassert>

using namespace qwenc;

// Elements and bytes of a block are those of ggml's table of type traits.
static constexpr BlockFormat Formats[] = {
    {GgmlType::F32, "F32", 1, 4, dequantizeF32, nullptr},
    {GgmlType::F16, "F16", 1, 2, dequantizeF16, nullptr},
    {GgmlType::BF16, "BF16", 1, 2, dequantizeBF16, nullptr},
    {GgmlType::Q4_0, "Q4_0", 32, sizeof(BlockQ4_0), dequantizeQ4_0, unpackQ4_0},
    {GgmlType::Q4_1, "Q4_1", 32, sizeof(BlockQ4_1), dequantizeQ4_1, unpackQ4_1},
    {GgmlType::Q5_0, "Q5_0", 32, sizeof(BlockQ5_0), dequantizeQ5_0, unpackQ5_0},
    {GgmlType::Q5_1, "Q5_1", 32, sizeof(BlockQ5_1), dequantizeQ5_1, unpackQ5_1},
    {GgmlType::Q8_0, "Q8_0", 32, sizeof(BlockQ8_0), dequantizeQ8_0, unpackQ8_0},
    {GgmlType::Q2_K, "Q2_K", 256, sizeof(BlockQ2_K), dequantizeQ2_K, unpackQ2_K},
    {GgmlType::Q3_K, "Q3_K", 256, sizeof(BlockQ3_K), dequantizeQ3_K, unpackQ3_K},
    {GgmlType::Q4_K, "Q4_K", 256, sizeof(BlockQ4_K), dequantizeQ4_K, unpackQ4_K},
    {GgmlType::Q5_K, "Q5_K", 256, sizeof(BlockQ5_K), dequantizeQ5_K, unpackQ5_K},
    {GgmlType::Q6_K, "Q6_K", 256, sizeof(BlockQ6_K), dequantizeQ6_K, unpackQ6_K},
    {GgmlType::IQ4_NL, "IQ4_NL", 32, sizeof(BlockIQ4_NL), dequantizeIQ4_NL, unpackIQ4_NL},
    {GgmlType::IQ4_XS, "IQ4_XS", 256, sizeof(BlockIQ4_XS), dequantizeIQ4_XS, unpackIQ4_XS},
    {GgmlType::MXFP4, "MXFP4", 32, sizeof(BlockMXFP4), dequantizeMXFP4, unpackMXFP4},
    {GgmlType::Q8_1, "Q8_1", 32, 36, nullptr, nullptr},
    {GgmlType::Q8_K, "Q8_K", 256, 292, nullptr, nullptr},
    {GgmlType::IQ2_XXS, "IQ2_XXS", 256, 66, nullptr, nullptr},
    {GgmlType::IQ2_XS, "IQ2_XS", 256, 74, nullptr, nullptr},
    {GgmlType::IQ3_XXS, "IQ3_XXS", 256, 98, nullptr, nullptr},
    {GgmlType::IQ1_S, "IQ1_S", 256, 50, nullptr, nullptr},
    {GgmlType::IQ3_S, "IQ3_S", 256, 110, nullptr, nullptr},
    {GgmlType::IQ2_S, "IQ2_S", 256, 82, nullptr, nullptr},
    {GgmlType::I8, "I8", 1, 1, nullptr, nullptr},
    {GgmlType::I16, "I16", 1, 2, nullptr, nullptr},
    {GgmlType::I32, "I32", 1, 4, nullptr, nullptr},
    {GgmlType::I64, "I64", 1, 8, nullptr, nullptr},
    {GgmlType::F64, "F64", 1, 8, nullptr, nullptr},
    {GgmlType::IQ1_M, "IQ1_M", 256, 56, nullptr, nullptr},
    {GgmlType::TQ1_0, "TQ1_0", 256, 54, nullptr, nullptr},
    {GgmlType::TQ2_0, "TQ2_0", 256, 66, nullptr, nullptr},
    {GgmlType::NVFP4, "NVFP4", 64, 36, nullptr, nullptr},
    {GgmlType::Q1_0, "Q1_0", 128, 18, nullptr, nullptr},
};

template <typename Block> static constexpr BlockFormat rowOfW4(GgmlType type, const char *name) {
  return {type, name, Block::group, sizeof(Block), dequantizeW4<Block>, unpackW4<Block>};
}

static constexpr BlockFormat OwnFormats[] = {
    rowOfW4<BlockW4<64>>(GgmlType::W4G64, "w4g64"),
    rowOfW4<BlockW4<128>>(GgmlType::W4G128, "w4g128"),
    rowOfW4<BlockW4A<64>>(GgmlType::W4G64A, "w4g64a"),
    rowOfW4<BlockW4A<128>>(GgmlType::W4G128A, "w4g128a"),
    {GgmlType::W8, "w8", 32, sizeof(BlockQ8_0), dequantizeQ8_0, unpackQ8_0},
};

const BlockFormat *qwenc::findBlockFormat(uint32_t type) {
  for (const BlockFormat &format : Formats)
    if (static_cast<uint32_t>(format.type) == type)
      return &format;
  return nullptr;
}

const BlockFormat &qwenc::blockFormat(GgmlType type) {
  for (const BlockFormat &format : OwnFormats)
    if (format.type == type)
      return format;
  const BlockFormat *format = findBlockFormat(static_cast<uint32_t>(type));
  assert(format && "every GgmlType has a row");
  return *format;
}

std::string qwenc::supportedTypeNames() {
  std::string names;
  for (const BlockFormat &format : Formats) {
    if (!format.supported())
      continue;
    if (!names.empty())
      names += ", ";
    names += format.name;
  }
  return names;
}

void qwenc::dequantizeRow(GgmlType type, const uint8_t *blocks, float *out, uint64_t elements) {
  const BlockFormat &format = blockFormat(type);
  assert(format.supported() && elements % format.elements == 0);
  format.dequantize(blocks, out, elements);
}
