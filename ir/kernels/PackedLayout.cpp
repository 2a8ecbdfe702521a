//===- ir/kernels/PackedLayout.cpp - weights as kernels read them ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/kernels/PackedLayout.h"
#include <cassert>

namespace qwenc {
namespace {

constexpr int64_t kChunkBytes = 64;

/// Times 4 k that a chunk of a plane covers.
int quadsOfChunk(int bits) { return 4 / bits; }

} // namespace

PackedBlock packedBlock(WeightFormat format) {
  const FormatTraits &traits = formatTraits(format);
  PackedBlock block{};
  block.blockK = ggufBlockK(format);
  if (traits.isFloat()) {
    block.bytes = traits.bits() / 8 * kPanelRows;
    return block;
  }
  int64_t end = traits.scale == ScaleKind::PowerOfTwo ? kPanelRows : 2 * kPanelRows;
  if (traits.scale == ScaleKind::Row) {
    block.headerBytes = end;
    end = 0;
  }
  if (traits.hasMinimum()) {
    block.minOffset = end;
    end += 2 * kPanelRows;
  }
  const int64_t groups = block.blockK / kActivationGroup;
  block.quantsBytes = kActivationGroup * kPanelRows * traits.bits() / 8;
  if (traits.scale == ScaleKind::Super) {
    block.partsOffset = end;
    block.partsBytes = traits.parts * kPanelRows * (traits.minimum == MinimumKind::Super ? 2 : 1);
  }
  const bool apart = block.partsBytes % kChunkBytes != 0;
  block.quantsOffset = end + (apart ? groups : 1) * block.partsBytes;
  block.partsStride = block.partsBytes + (apart ? 0 : block.quantsBytes);
  block.quantsStride = block.quantsBytes + (apart ? 0 : block.partsBytes);
  block.bytes = end + groups * (block.partsBytes + block.quantsBytes);
  return block;
}

PlanePosition planePosition(const FormatTraits &traits, int plane, int quad, int half) {
  const int bits = traits.planeBits(plane);
  if (bits == 8)
    return {2 * kChunkBytes * quad + kChunkBytes * half, 0};
  // A period: the quads that one chunk of the last plane covers.
  const int period = quadsOfChunk(traits.planeBits(traits.planes() - 1));
  int64_t chunk = 0, periodChunks = 0;
  for (int p = 0; p < traits.planes(); ++p) {
    int chunks = period / quadsOfChunk(traits.planeBits(p));
    if (p < plane)
      chunk += chunks;
    periodChunks += chunks;
  }
  chunk += quad / period * periodChunks + quad % period / quadsOfChunk(bits);
  return {kChunkBytes * chunk, 2 * bits * (quad % quadsOfChunk(bits)) + bits * half};
}

int64_t ggufBlockK(WeightFormat format) { return blockFormat(formatTraits(format).file).elements; }

int64_t ggufRowBytes(WeightFormat format, int64_t k) {
  assert(k % ggufBlockK(format) == 0 && "a row is a whole number of blocks");
  return static_cast<int64_t>(blockFormat(formatTraits(format).file).rowBytes(k));
}

int64_t packedPanelBytes(WeightFormat format, int64_t k) {
  PackedBlock block = packedBlock(format);
  assert(k % block.blockK == 0 && "a row is a whole number of blocks");
  return block.headerBytes + k / block.blockK * block.bytes;
}

int64_t packedBytes(WeightFormat format, int64_t rows, int64_t k) {
  return panelCount(rows) * packedPanelBytes(format, k);
}

} // namespace qwenc
