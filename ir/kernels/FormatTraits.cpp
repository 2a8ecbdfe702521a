//===- ir/kernels/FormatTraits.cpp - what kernels know of a format --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/kernels/FormatTraits.h"
#include "ir/kernels/EnumTable.h"
#include "support/quant/IQ4_NL.h"
#include "support/quant/MXFP4.h"
#include "llvm/Support/ErrorHandling.h"

namespace qwenc {
namespace {

// Operands, bits of the planes, zero point, table, scales, minima, parts.
constexpr auto kFloat = OperandKind::Float, kNibble = OperandKind::Nibble;
constexpr auto kFive = OperandKind::FiveBit, kSix = OperandKind::SixBit, kByte = OperandKind::Byte;
constexpr auto kNoScale = ScaleKind::None, kHalf = ScaleKind::Half, kSuper = ScaleKind::Super;
constexpr auto kPower = ScaleKind::PowerOfTwo, kRow = ScaleKind::Row;
constexpr auto kNoMin = MinimumKind::None, kHalfMin = MinimumKind::Half;
constexpr auto kSuperMin = MinimumKind::Super, kNibbleMin = MinimumKind::SuperNibble;
constexpr const int8_t *kNoTable = nullptr, *kIQ4 = kIQ4Values, *kMXFP4 = kMXFP4Values;

constexpr FormatTraits kTraits[] = {
    {WeightFormat::F32, "f32", GgmlType::F32, kFloat, 32, 0, 0, kNoTable, kNoScale, kNoMin, 1},
    {WeightFormat::F16, "f16", GgmlType::F16, kFloat, 16, 0, 0, kNoTable, kNoScale, kNoMin, 1},
    {WeightFormat::BF16, "bf16", GgmlType::BF16, kFloat, 16, 0, 0, kNoTable, kNoScale, kNoMin, 1},
    {WeightFormat::Q4_0, "q4_0", GgmlType::Q4_0, kNibble, 4, 0, 8, kNoTable, kHalf, kNoMin, 1},
    {WeightFormat::Q4_1, "q4_1", GgmlType::Q4_1, kNibble, 4, 0, 0, kNoTable, kHalf, kHalfMin, 1},
    {WeightFormat::Q8_0, "q8_0", GgmlType::Q8_0, kByte, 8, 0, 128, kNoTable, kHalf, kNoMin, 1},
    {WeightFormat::Q6_K, "q6_k", GgmlType::Q6_K, kSix, 4, 2, 32, kNoTable, kSuper, kNoMin, 2},
    {WeightFormat::Q4_K, "q4_k", GgmlType::Q4_K, kNibble, 4, 0, 0, kNoTable, kSuper, kSuperMin, 1},
    {WeightFormat::Q5_K, "q5_k", GgmlType::Q5_K, kFive, 4, 1, 0, kNoTable, kSuper, kSuperMin, 1},
    {WeightFormat::Q5_0, "q5_0", GgmlType::Q5_0, kFive, 4, 1, 16, kNoTable, kHalf, kNoMin, 1},
    {WeightFormat::Q5_1, "q5_1", GgmlType::Q5_1, kFive, 4, 1, 0, kNoTable, kHalf, kHalfMin, 1},
    {WeightFormat::IQ4_NL, "iq4_nl", GgmlType::IQ4_NL, kByte, 4, 0, 0, kIQ4, kHalf, kNoMin, 1},
    {WeightFormat::IQ4_XS, "iq4_xs", GgmlType::IQ4_XS, kByte, 4, 0, 0, kIQ4, kSuper, kNoMin, 1},
    {WeightFormat::Q3_K, "q3_k", GgmlType::Q3_K, kSix, 2, 1, 4, kNoTable, kSuper, kNoMin, 2},
    {WeightFormat::Q2_K, "q2_k", GgmlType::Q2_K, kNibble, 2, 0, 0, kNoTable, kSuper, kNibbleMin, 2},
    {WeightFormat::MXFP4, "mxfp4", GgmlType::MXFP4, kByte, 4, 0, 0, kMXFP4, kPower, kNoMin, 1},
    {WeightFormat::W4G64, "w4g64", GgmlType::W4G64, kNibble, 4, 0, 8, kNoTable, kHalf, kNoMin, 1,
     64},
    {WeightFormat::W4G128, "w4g128", GgmlType::W4G128, kNibble, 4, 0, 8, kNoTable, kHalf, kNoMin, 1,
     128},
    {WeightFormat::W4G64A, "w4g64a", GgmlType::W4G64A, kNibble, 4, 0, 0, kNoTable, kHalf, kHalfMin,
     1, 64},
    {WeightFormat::W4G128A, "w4g128a", GgmlType::W4G128A, kNibble, 4, 0, 0, kNoTable, kHalf,
     kHalfMin, 1, 128},
    {WeightFormat::W8, "w8", GgmlType::W8, kByte, 8, 0, 128, kNoTable, kRow, kNoMin, 1},
};
/// Kernels take -zeroPoint * sum(activations) from -8 times that sum or, where a group
/// has two parts, from -32 times it.
constexpr bool zeroPointsFit() {
  for (const FormatTraits &traits : kTraits)
    if (traits.parts == 1 && traits.zeroPoint % 8 != 0)
      return false;
  return true;
}
static_assert(zeroPointsFit());
static_assert(isInEnumOrder(kTraits, &FormatTraits::format, kWeightFormats));

} // namespace

const FormatTraits &formatTraits(WeightFormat format) { return kTraits[static_cast<int>(format)]; }

WeightFormat weightFormatFor(GgmlType type) {
  for (const FormatTraits &traits : kTraits)
    if (traits.file == type)
      return traits.format;
  llvm_unreachable("files with other types are refused");
}

} // namespace qwenc
