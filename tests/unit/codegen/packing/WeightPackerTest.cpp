//===- tests/unit/codegen/packing/WeightPackerTest.cpp - panels -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Panels are read back by the formulas of PackedLayout.h, one weight at a time,
// and compared with the values of the scalar dequantiser.
//===----------------------------------------------------------------------===//
#include "codegen/packing/WeightPacker.h"
#include "support/Float16.h"
#include "tests/kernels/KernelCase.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace qwenc;

namespace {

float half(const uint8_t *at) {
  uint16_t bits;
  std::memcpy(&bits, at, 2);
  return halfToFloat(bits);
}

/// The nibble of row r, k within a group of 32: 8 chunks of 64 bytes.
int nibble(const uint8_t *chunks, int64_t r, int64_t k) {
  uint8_t byte = chunks[64 * (k / 4) + 4 * (r % 16) + k % 4];
  return r < 16 ? byte & 15 : byte >> 4;
}

/// The weight at (row of the panel, k).
float readPacked(WeightFormat format, KernelArch arch, const uint8_t *panel, int64_t r, int64_t k) {
  const bool x86 = arch == KernelArch::X86;
  const PackedBlock layout = packedBlock(format);
  const uint8_t *block = panel + k / layout.blockK * layout.bytes;
  const int flip = !x86 && r >= 16 ? 8 : 0; // upper nibbles are signed there
  switch (format) {
  case WeightFormat::F32: {
    float value;
    std::memcpy(&value, block + 4 * r, 4);
    return value;
  }
  case WeightFormat::F16:
    return half(block + 2 * r);
  case WeightFormat::BF16: {
    uint32_t bits = 0;
    std::memcpy(reinterpret_cast<uint8_t *>(&bits) + 2, block + 2 * r, 2);
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  }
  case WeightFormat::Q4_0:
    return half(block + 2 * r) * float((nibble(block + 64, r, k % 32) ^ flip) - 8);
  case WeightFormat::Q4_1: {
    float product = half(block + 2 * r) * float(nibble(block + 128, r, k % 32) ^ flip);
    return product + half(block + 64 + 2 * r);
  }
  case WeightFormat::Q8_0: {
    uint8_t byte = block[64 + 128 * (k % 32 / 4) + 64 * (r / 16) + 4 * (r % 16) + k % 4];
    return half(block + 2 * r) * float(x86 ? int(byte) - 128 : int(static_cast<int8_t>(byte)));
  }
  case WeightFormat::Q6_K: {
    const uint8_t *sub = block + 64 + k % 256 / 32 * kQ6KSubBlockBytes;
    const int64_t inner = k % 32;
    uint8_t two = sub[q6kTwoBitOffset(inner / 4) + 4 * (r % 16) + k % 4];
    int shift = (inner % 8 >= 4 ? 4 : 0) + (r >= 16 ? 2 : 0);
    uint8_t four = sub[q6kNibbleOffset(inner / 4) + 4 * (r % 16) + k % 4];
    int value = (r < 16 ? four & 15 : four >> 4) | ((two >> shift & 3) << 4);
    int scale = static_cast<int8_t>(sub[32 * (inner / 16) + r]);
    return half(block + 2 * r) * float(scale) * float(value - 32);
  }
  }
  return 0;
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
  for (WeightFormat format : {WeightFormat::Q4_0, WeightFormat::Q4_1, WeightFormat::Q8_0,
                              WeightFormat::Q6_K, WeightFormat::F16})
    EXPECT_EQ(packedPanelBytes(format, 1024), kPanelRows * ggufRowBytes(format, 1024));
  EXPECT_EQ(packedBytes(WeightFormat::Q4_0, 33, 32), 2 * 576);
}

} // namespace
