//===- tests/unit/codegen/packing/WeightPackerTest.cpp - panels -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Panels are read back by the formulas of PackedLayout.h, one weight at a time,
// and compared with the values of the scalar dequantiser.
//===----------------------------------------------------------------------===//
#include "codegen/packing/WeightPacker.h"
#include "support/Float16.h"
#include "tests/kernels/KernelCase.h"
#include <bit>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace qwenc;

namespace {

float half(const uint8_t *at) {
  uint16_t bits;
  std::memcpy(&bits, at, 2);
  return halfToFloat(bits);
}

/// Where bits of an integer lie in its group of 32 k.
struct Bits {
  int64_t byte;
  int shift, count, first; ///< `first`: their place in the integer
};

/// PackedLayout.h's picture, written down once more: the pieces of the integer of
/// row r of the panel, k of the group.
std::vector<Bits> bitsOf(WeightFormat format, int64_t r, int64_t k) {
  const int64_t inChunk = 4 * (r % 16) + k % 4;
  const int half = r < 16 ? 0 : 1, quad = static_cast<int>(k / 4);
  auto nibble = [&](int64_t chunk) { return Bits{64 * chunk + inChunk, 4 * half, 4, 0}; };
  auto pair = [&](int64_t chunk, int first) {
    return Bits{64 * chunk + inChunk, 4 * (quad % 2) + 2 * half, 2, first};
  };
  auto one = [&](int64_t chunk, int first) {
    return Bits{64 * chunk + inChunk, 2 * (quad % 4) + half, 1, first};
  };
  switch (format) {
  case WeightFormat::Q8_0:
  case WeightFormat::W8:
    return {{128 * quad + 64 * half + inChunk, 0, 8, 0}};
  case WeightFormat::Q6_K:
    return {nibble(quad / 2 * 3 + quad % 2), pair(quad / 2 * 3 + 2, 4)};
  case WeightFormat::Q5_K:
  case WeightFormat::Q5_0:
  case WeightFormat::Q5_1:
    return {nibble(quad / 4 * 5 + quad % 4), one(quad / 4 * 5 + 4, 4)};
  case WeightFormat::Q3_K:
    return {pair(quad / 4 * 3 + quad % 4 / 2, 0), one(quad / 4 * 3 + 2, 2)};
  case WeightFormat::Q2_K:
    return {pair(quad / 2, 0)};
  default:
    return {nibble(quad)};
  }
}

float readFloat(WeightFormat format, const uint8_t *line, int64_t r) {
  if (format == WeightFormat::F16)
    return half(line + 2 * r);
  uint32_t bits = 0;
  if (format == WeightFormat::F32)
    std::memcpy(&bits, line + 4 * r, 4);
  else
    std::memcpy(reinterpret_cast<uint8_t *>(&bits) + 2, line + 2 * r, 2);
  return std::bit_cast<float>(bits);
}

/// The weight at (row of the panel, k).
float readPacked(WeightFormat format, KernelArch arch, const uint8_t *panel, int64_t r, int64_t k) {
  const FormatTraits &traits = formatTraits(format);
  const PackedBlock layout = packedBlock(format);
  const bool ofRow = traits.scale == ScaleKind::Row; // before all blocks
  const uint8_t *block = panel + (ofRow ? 64 : 0) + k / layout.blockK * layout.bytes;
  if (traits.isFloat())
    return readFloat(format, block, r);
  const int64_t group = k % layout.blockK / 32;
  const uint8_t *quants = block + layout.quantsOffset + group * layout.quantsStride;
  int code = 0;
  for (Bits bits : bitsOf(format, r, k % 32))
    code |= (quants[bits.byte] >> bits.shift & ((1 << bits.count) - 1)) << bits.first;
  if (arch == KernelArch::AArch64 && traits.lowBits == 8)
    code ^= 0x80;
  if (arch == KernelArch::AArch64 && traits.lowBits == 4 && !traits.table && r >= 16)
    code ^= 8; // upper nibbles are signed there
  float value = float(traits.table ? traits.table[code] : code - traits.zeroPoint);

  if (traits.scale == ScaleKind::PowerOfTwo)
    return std::ldexp(value, block[layout.scaleOffset + r] - 128);
  float scale = half((ofRow ? panel : block) + layout.scaleOffset + 2 * r), minimum = 0;
  if (traits.hasMinimum())
    minimum = half(block + layout.minOffset + 2 * r);
  if (traits.scale == ScaleKind::Super) {
    const uint8_t *parts = block + layout.partsOffset + group * layout.partsStride;
    const uint8_t *part = parts + 32 * (k % 32 * traits.parts / 32) + r;
    if (traits.minimum == MinimumKind::SuperNibble) {
      scale *= float(*part & 15);
      minimum *= -float(*part >> 4);
    } else {
      scale *= float(static_cast<int8_t>(*part));
      if (traits.hasMinimum())
        minimum *= -float(part[32 * traits.parts]);
    }
  }
  return scale * value + minimum;
}

class WeightPackerTest : public ::testing::TestWithParam<std::tuple<WeightFormat, KernelArch>> {};

TEST_P(WeightPackerTest, EveryWeightIsWhereTheLayoutSays) {
  auto [format, arch] = GetParam();
  const int64_t rows = 75, k = 512;
  std::vector<uint8_t> gguf = randomRows(format, rows, k, CaseScales::Real, 11);
  std::vector<float> expected = dequantizeRows(format, gguf, rows, k);
  std::vector<uint8_t> packed(packedBytes(format, rows, k), 0xee);
  packPanels(format, arch, gguf.data(), rows, k, 0, panelCount(rows), packed.data());
  for (int64_t r = 0; r < panelCount(rows) * kPanelRows; ++r)
    for (int64_t j = 0; j < k; ++j) {
      const uint8_t *panel = &packed[r / 32 * packedPanelBytes(format, k)];
      float value = readPacked(format, arch, panel, r % 32, j);
      ASSERT_EQ(value, r < rows ? expected[r * k + j] : 0.0f) << "row " << r << " k " << j;
    }
}

TEST_P(WeightPackerTest, RangesOfPanelsAreTheSameBytes) {
  auto [format, arch] = GetParam();
  const int64_t rows = 140, k = 256;
  std::vector<uint8_t> gguf = randomRows(format, rows, k, CaseScales::Real, 12);
  const int64_t panelBytes = packedPanelBytes(format, k);
  std::vector<uint8_t> whole(packedBytes(format, rows, k)), parts(whole.size());
  packPanels(format, arch, gguf.data(), rows, k, 0, 5, whole.data());
  for (auto [first, last] : {std::pair<int64_t, int64_t>{0, 1}, {1, 4}, {4, 5}})
    packPanels(format, arch, gguf.data(), rows, k, first, last, &parts[first * panelBytes]);
  EXPECT_EQ(whole, parts);
}

INSTANTIATE_TEST_SUITE_P(Formats, WeightPackerTest,
                         ::testing::Combine(::testing::ValuesIn(allWeightFormats()),
                                            ::testing::Values(KernelArch::X86,
                                                              KernelArch::AArch64)));

TEST(PackedLayout, QuantisedSizesAreTheFilesOwn) {
  for (WeightFormat format : allWeightFormats()) {
    if (format == WeightFormat::W8)
      continue;
    // 6-bit scales of parts take a byte.
    int wider =
        format == WeightFormat::Q4_K || format == WeightFormat::Q5_K || format == WeightFormat::Q3_K
            ? 4
        : format == WeightFormat::IQ4_XS ? 2
                                         : 0;
    EXPECT_EQ(packedPanelBytes(format, 1024), kPanelRows * (ggufRowBytes(format, 1024) + 4 * wider))
        << weightFormatName(format).str();
  }
  EXPECT_EQ(packedBytes(WeightFormat::Q4_0, 33, 32), 2 * 576);
  EXPECT_EQ(packedBytes(WeightFormat::W8, 33, 64), 2 * (64 + 32 * 64));
}

} // namespace
