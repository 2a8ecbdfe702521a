//===- codegen/halide/kernels/AttentionShape.h - tiles of attention -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the two products of attention share: the sizes of one kernel, and the tiles
// whose sums stay in registers.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_ATTENTIONSHAPE_H
#define QWENC_CODEGEN_HALIDE_KERNELS_ATTENTIONSHAPE_H

#include "codegen/halide/kernels/Kernel.h"

namespace qwenc::halide {

struct AttentionShape {
  /// Keys of a block of scores.
  static constexpr int blockKeys = 16;

  /// `valueDim`: elements of a value that a call sums.
  AttentionShape(const HalideKernelSpec &spec, const Halide::Target &target, int valueDim);

  const Halide::Target &target;
  int headDim, rows;
  bool isPrefill, isQuantized;
  int groupSize, groups;
  Halide::Type element;

  int tileRows, rowsPadded;  ///< rows of a tile; of all tiles
  int tileSlots, tileBlocks; ///< scores of a row: keys of a block, times blocks
  int lanes, vectors;        ///< sums of a row: a vector's lanes, times vectors
  int byElement;             ///< steps of a product that one load of the broadcast operand serves
  int scratchRows;           ///< rows of a block of scores in memory
};

} // namespace qwenc::halide
#endif
