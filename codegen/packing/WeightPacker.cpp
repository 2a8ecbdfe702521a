//===- codegen/packing/WeightPacker.cpp - GGUF rows to packed panels ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A block of 32 rows is taken apart into its integers (BlockIntegers.h), and these
// are put together by planes, in words of 4 bytes: 4 k of one row.
//===----------------------------------------------------------------------===//
#include "codegen/packing/WeightPacker.h"
#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

static_assert(std::endian::native == std::endian::little, "packed weights are little-endian");

namespace qwenc {
namespace {

constexpr int kHalfRows = kPanelRows / 2;
constexpr int kQuads = kActivationGroup / 4;

uint32_t loadWord(const uint8_t *bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

void storeWord(uint8_t *bytes, uint32_t word) { std::memcpy(bytes, &word, sizeof word); }

/// Each byte of a word.
constexpr uint32_t everyByte(uint32_t byte) { return 0x01010101u * byte; }

/// The rows of one panel.
struct PanelRows {
  const uint8_t *first; // row 0 of the panel
  int64_t rowBytes;
  int valid; // rows that exist; the others have a scale of zero
};

class BlockPacker {
public:
  BlockPacker(WeightFormat format, KernelArch arch)
      : traits(formatTraits(format)), file(blockFormat(traits.file)), block(packedBlock(format)),
        highFlip(highNibblesSigned(traits, arch) ? 0x80u : 0),
        byteFlip(traits.lowBits == 8 && arch == KernelArch::AArch64 ? 0x80u : 0) {
    for (int plane = 0; plane < traits.planes(); ++plane)
      for (int quad = 0; quad < kQuads; ++quad)
        for (int half = 0; half < 2; ++half)
          positions[plane][quad][half] = planePosition(traits, plane, quad, half);
  }

  void pack(const PanelRows &panel, int64_t index, uint8_t *out);
  /// The scales of whole rows, which each block of the file has.
  void packHeader(const PanelRows &panel, uint8_t *out);

private:
  const FormatTraits &traits;
  const BlockFormat &file;
  PackedBlock block;
  uint32_t highFlip, byteFlip;
  PlanePosition positions[2][kQuads][2];
  BlockIntegers rows[kPanelRows];

  void packScales(int row, uint8_t *out) const;
  void packGroup(int64_t group, uint8_t *out) const;
};

void BlockPacker::pack(const PanelRows &panel, int64_t index, uint8_t *out) {
  for (int row = 0; row < kPanelRows; ++row) {
    if (row < panel.valid)
      file.unpack(panel.first + row * panel.rowBytes + index * file.bytes, rows[row]);
    else
      rows[row] = {};
    packScales(row, out);
  }
  for (int64_t group = 0; group < block.blockK / kActivationGroup; ++group)
    packGroup(group, out + block.quantsOffset + group * block.quantsStride);
}

void BlockPacker::packHeader(const PanelRows &panel, uint8_t *out) {
  if (traits.scale != ScaleKind::Row)
    return;
  std::memset(out, 0, static_cast<size_t>(block.headerBytes));
  for (int row = 0; row < panel.valid; ++row) {
    file.unpack(panel.first + row * panel.rowBytes, rows[row]);
    std::memcpy(out + 2 * row, &rows[row].scale, 2);
  }
}

void BlockPacker::packScales(int row, uint8_t *out) const {
  const BlockIntegers &from = rows[row];
  if (traits.scale == ScaleKind::Row)
    return;
  if (traits.scale == ScaleKind::PowerOfTwo)
    out[block.scaleOffset + row] = static_cast<uint8_t>(from.scale);
  else
    std::memcpy(out + block.scaleOffset + 2 * row, &from.scale, 2);
  if (traits.hasMinimum())
    std::memcpy(out + block.minOffset + 2 * row, &from.minimum, 2);
  if (traits.scale != ScaleKind::Super)
    return;
  const int parts = traits.parts;
  for (int64_t part = 0; part < block.blockK / kActivationGroup * parts; ++part) {
    uint8_t *scale = out + block.partsOffset + part / parts * block.partsStride +
                     part % parts * kPanelRows + row;
    *scale = static_cast<uint8_t>(from.scales[part]);
    if (traits.minimum == MinimumKind::SuperNibble)
      *scale = static_cast<uint8_t>(*scale | from.minima[part] << 4);
    if (traits.minimum == MinimumKind::Super)
      scale[parts * kPanelRows] = from.minima[part];
  }
}

void BlockPacker::packGroup(int64_t group, uint8_t *out) const {
  std::memset(out, 0, static_cast<size_t>(block.quantsBytes));
  for (int row = 0; row < kPanelRows; ++row) {
    const uint8_t *codes = rows[row].codes + group * kActivationGroup;
    const int half = row / kHalfRows, lane = row % kHalfRows;
    const uint32_t flip = everyByte(half ? highFlip : 0) ^ everyByte(byteFlip);
    for (int quad = 0; quad < kQuads; ++quad) {
      uint32_t word = loadWord(codes + 4 * quad);
      for (int plane = 0, first = 0; plane < traits.planes(); ++plane) {
        const int bits = traits.planeBits(plane);
        const PlanePosition position = positions[plane][quad][half];
        uint8_t *target = out + position.offset + 4 * lane;
        uint32_t field = (word >> first & everyByte((1u << bits) - 1)) << position.shift;
        storeWord(target, loadWord(target) | (field ^ (plane == 0 ? flip : 0)));
        first += bits;
      }
    }
  }
}

/// F32, F16, BF16: a transpose, by squares so that both sides stay in cache.
template <typename Element> void packFloatPanel(const PanelRows &rows, int64_t k, uint8_t *out) {
  constexpr int64_t kStep = 64 / sizeof(Element);
  for (int64_t first = 0; first < k; first += kStep) {
    const int64_t count = std::min(kStep, k - first);
    for (int r = 0; r < kPanelRows; ++r) {
      Element line[kStep] = {};
      if (r < rows.valid)
        std::memcpy(line, rows.first + r * rows.rowBytes + first * int64_t(sizeof(Element)),
                    static_cast<size_t>(count) * sizeof(Element));
      uint8_t *column = out + (first * kPanelRows + r) * int64_t(sizeof(Element));
      for (int64_t i = 0; i < count; ++i)
        std::memcpy(column + i * kPanelRows * int64_t(sizeof(Element)), &line[i], sizeof(Element));
    }
  }
}

} // namespace

void packPanels(WeightFormat format, KernelArch arch, const uint8_t *gguf, int64_t rows, int64_t k,
                int64_t firstPanel, int64_t lastPanel, uint8_t *out) {
  assert(firstPanel >= 0 && lastPanel <= panelCount(rows) && "panels of this tensor");
  const int64_t rowBytes = ggufRowBytes(format, k), panelBytes = packedPanelBytes(format, k);
  const FormatTraits &traits = formatTraits(format);
  const PackedBlock block = packedBlock(format);
  for (int64_t panel = firstPanel; panel < lastPanel; ++panel, out += panelBytes) {
    const PanelRows source{
        gguf + panel * kPanelRows * rowBytes, rowBytes,
        static_cast<int>(std::min<int64_t>(kPanelRows, rows - panel * kPanelRows))};
    if (traits.isFloat()) {
      auto pack = traits.bits() == 32 ? packFloatPanel<uint32_t> : packFloatPanel<uint16_t>;
      pack(source, k, out);
      continue;
    }
    BlockPacker packer(format, arch);
    packer.packHeader(source, out);
    for (int64_t index = 0; index < k / block.blockK; ++index)
      packer.pack(source, index, out + block.headerBytes + index * block.bytes);
  }
}

} // namespace qwenc
