//===- codegen/packing/WeightPacker.cpp - GGUF rows to packed panels ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Words of 4 bytes (4 k of one row) are the unit that moves: a GGUF block keeps
// k and k + 16 in one byte (Q4_0, Q4_1), a panel keeps rows r and r + 16 of the
// same k, so a pair of rows is recombined 8 nibbles at a time.
//===----------------------------------------------------------------------===//
#include "codegen/packing/WeightPacker.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

static_assert(std::endian::native == std::endian::little, "packed weights are little-endian");

namespace qwenc {
namespace {

constexpr uint32_t kLowNibbles = 0x0f0f0f0fu;
constexpr uint32_t kHighNibbles = 0xf0f0f0f0u;
/// Turns the unsigned nibbles (q + 8) of a byte's upper half into two's complement.
constexpr uint32_t kHighSignBits = 0x80808080u;
constexpr uint32_t kByteSignBits = 0x80808080u;
constexpr int kHalfRows = kPanelRows / 2;

uint32_t loadWord(const uint8_t *bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

void storeWord(uint8_t *bytes, uint32_t word) { std::memcpy(bytes, &word, sizeof word); }

/// The rows of one panel; padding rows read as `zeroBlock` at every k.
struct PanelRows {
  const uint8_t *first; // row 0 of the panel
  int64_t rowBytes;
  int valid;                // rows that exist
  const uint8_t *zeroBlock; // one block whose values are all zero

  const uint8_t *block(int row, int64_t offset) const {
    return row < valid ? first + row * rowBytes + offset : zeroBlock;
  }
};

/// Q4_0 and Q4_1: `header` bytes (scale; scale and minimum), 16 bytes of nibbles.
void packNibblePanel(const PanelRows &rows, int64_t blocks, int header, uint32_t highFlip,
                     uint8_t *out) {
  const int blockBytes = header + 16;
  const int quants = header / 2 * 2 * kPanelRows;
  for (int64_t g = 0; g < blocks; ++g, out += quants + 512) {
    for (int r = 0; r < kHalfRows; ++r) {
      const uint8_t *low = rows.block(r, g * blockBytes);
      const uint8_t *high = rows.block(r + kHalfRows, g * blockBytes);
      for (int h = 0; h < header; h += 2) {
        std::memcpy(out + h * kPanelRows + 2 * r, low + h, 2);
        std::memcpy(out + h * kPanelRows + 2 * (r + kHalfRows), high + h, 2);
      }
      uint8_t *word = out + quants + 4 * r;
      for (int c = 0; c < 4; ++c) {
        uint32_t a = loadWord(low + header + 4 * c), b = loadWord(high + header + 4 * c);
        storeWord(word + 64 * c, ((a & kLowNibbles) | ((b & kLowNibbles) << 4)) ^ highFlip);
        storeWord(word + 64 * (c + 4), (((a >> 4) & kLowNibbles) | (b & kHighNibbles)) ^ highFlip);
      }
    }
  }
}

/// Q8_0: scale and 32 signed bytes.
void packBytePanel(const PanelRows &rows, int64_t blocks, uint32_t flip, uint8_t *out) {
  for (int64_t g = 0; g < blocks; ++g, out += 64 + 1024) {
    for (int r = 0; r < kPanelRows; ++r) {
      const uint8_t *block = rows.block(r, g * 34);
      std::memcpy(out + 2 * r, block, 2);
      uint8_t *word = out + 64 + 64 * (r / kHalfRows) + 4 * (r % kHalfRows);
      for (int c = 0; c < 8; ++c)
        storeWord(word + 128 * c, loadWord(block + 2 + 4 * c) ^ flip);
    }
  }
}

/// Q6_K: support/quant/Q6_K.h has the picture of a GGUF block. Sub-block s (32
/// k) is run s % 4 of half s / 4.
void packQ6KPanel(const PanelRows &rows, int64_t blocks, uint8_t *out) {
  for (int64_t g = 0; g < blocks; ++g) {
    for (int r = 0; r < kPanelRows; ++r)
      std::memcpy(out + 2 * r, rows.block(r, g * 210) + 208, 2);
    out += 64;
    for (int s = 0; s < 8; ++s, out += kQ6KSubBlockBytes) {
      const int half = s / 4, run = s % 4;
      const int lowByte = 64 * half + 32 * (run & 1), highByte = 128 + 32 * half;
      const int lowShift = run & 2 ? 4 : 0, highShift = 2 * run;
      for (int c = 0; c < 8; c += 2)
        std::memset(out + q6kTwoBitOffset(c), 0, 64);
      for (int r = 0; r < kHalfRows; ++r) {
        const uint8_t *a = rows.block(r, g * 210), *b = rows.block(r + kHalfRows, g * 210);
        for (int part = 0; part < 2; ++part) {
          out[kPanelRows * part + r] = a[192 + 2 * s + part];
          out[kPanelRows * part + r + kHalfRows] = b[192 + 2 * s + part];
        }
        for (int c = 0; c < 8; ++c) {
          uint32_t aLow = (loadWord(a + lowByte + 4 * c) >> lowShift) & kLowNibbles;
          uint32_t bLow = (loadWord(b + lowByte + 4 * c) >> lowShift) & kLowNibbles;
          storeWord(out + q6kNibbleOffset(c) + 4 * r, aLow | (bLow << 4));
          uint32_t aHigh = (loadWord(a + highByte + 4 * c) >> highShift) & 0x03030303u;
          uint32_t bHigh = (loadWord(b + highByte + 4 * c) >> highShift) & 0x03030303u;
          uint8_t *word = out + q6kTwoBitOffset(c) + 4 * r;
          storeWord(word, loadWord(word) | (aHigh | (bHigh << 2)) << (c % 2 ? 4 : 0));
        }
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
  const bool x86 = arch == KernelArch::X86;
  // Scale 0 makes any integers zero; these are the ones that stand for zero.
  uint8_t zero[210] = {};
  if (format == WeightFormat::Q4_0)
    std::memset(zero + 2, 0x88, 16);

  for (int64_t panel = firstPanel; panel < lastPanel; ++panel, out += panelBytes) {
    const PanelRows source{
        gguf + panel * kPanelRows * rowBytes, rowBytes,
        static_cast<int>(std::min<int64_t>(kPanelRows, rows - panel * kPanelRows)), zero};
    switch (format) {
    case WeightFormat::F32:
      packFloatPanel<uint32_t>(source, k, out);
      break;
    case WeightFormat::F16:
    case WeightFormat::BF16:
      packFloatPanel<uint16_t>(source, k, out);
      break;
    case WeightFormat::Q4_0:
      packNibblePanel(source, k / 32, 2, x86 ? 0 : kHighSignBits, out);
      break;
    case WeightFormat::Q4_1:
      packNibblePanel(source, k / 32, 4, x86 ? 0 : kHighSignBits, out);
      break;
    case WeightFormat::Q8_0:
      packBytePanel(source, k / 32, x86 ? kByteSignBits : 0, out);
      break;
    case WeightFormat::Q6_K:
      packQ6KPanel(source, k / 256, out);
      break;
    }
  }
}

} // namespace qwenc
