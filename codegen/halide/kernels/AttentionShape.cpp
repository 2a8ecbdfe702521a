//===- codegen/halide/kernels/AttentionShape.cpp - tiles of attention -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/AttentionShape.h"

#include <algorithm>

using namespace Halide;

namespace qwenc::halide {

AttentionShape::AttentionShape(const HalideKernelSpec &spec, const Target &target, int valueDim)
    : target(target), headDim(static_cast<int>(spec.headDim)), rows(static_cast<int>(spec.rows)),
      isPrefill(spec.kind == HalideKernelKind::AttentionPrefill),
      isQuantized(spec.cache == KVFormat::Q8),
      groupSize(static_cast<int>(KVLayout::groupSize(headDim))), groups(headDim / groupSize),
      element(isQuantized ? Int(8) : UInt(16)) {
  const int natural = naturalLanes(target);
  const bool isArm = target.arch == Target::ARM;
  const int accumulators = natural == 16 || isArm ? 16 : 8;
  // Where a product converts its vector of keys or values first, many rows and few
  // vectors cost less than a tile that holds a whole block's keys.
  const int leastVectors = isArm ? 2 : std::max(2, blockKeys / natural);
  const int mostRows = accumulators / leastVectors;
  const int rowTiles = (rows + mostRows - 1) / mostRows;
  tileRows = (rows + rowTiles - 1) / rowTiles;
  rowsPadded = tileRows * rowTiles;
  const int mostVectors = accumulators / tileRows;
  tileSlots = dividingLanes(blockKeys, mostVectors * natural);
  tileBlocks = std::clamp(mostVectors * natural / tileSlots, 1, 8);
  lanes = dividingLanes(valueDim, natural);
  vectors = dividingLanes(valueDim / lanes, mostVectors);
  byElement = isArm ? dividingLanes(isQuantized ? groupSize : headDim, natural) : 1;
  // Callers address the blocks of divided scores, whatever the tile.
  const bool isDivided = spec.kind == HalideKernelKind::AttentionScores ||
                         spec.kind == HalideKernelKind::AttentionValues;
  scratchRows = isDivided ? static_cast<int>(attentionScratchRows(rows)) : rowsPadded;
}

} // namespace qwenc::halide
