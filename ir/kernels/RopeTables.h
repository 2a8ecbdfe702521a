//===- ir/kernels/RopeTables.h - angles of rotary embeddings ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table of cos and sin for every position would take megabytes for a long
// context. Position p = 256 h + l instead takes its angle from two short tables
// by the addition theorem:
//   cos(a + b) = cos a cos b - sin a sin b,  sin(a + b) = sin a cos b + cos a sin b
// The entries are rounded from double once, so the sum is good to 2 ulp of fp32.
//
//   | cos lo [256][D/2] | sin lo | cos hi [H][D/2] | sin hi |   H = ceil(context/256)
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_KERNELS_ROPETABLES_H
#define QWENC_IR_KERNELS_ROPETABLES_H

#include "ir/kernels/RopeScaling.h"

#include <cstdint>

namespace qwenc {

/// Places of the four tables, fp32, byte offsets from the first.
struct RopeTables {
  static constexpr int64_t lowPositions = 256;

  RopeTables(int64_t headDim, int64_t context)
      : headDim(headDim), highPositions((context + lowPositions - 1) / lowPositions) {}

  int64_t lowBytes() const { return lowPositions * headDim / 2 * 4; }
  int64_t highBytes() const { return highPositions * headDim / 2 * 4; }
  int64_t sinLowOffset() const { return lowBytes(); }
  int64_t cosHighOffset() const { return 2 * lowBytes(); }
  int64_t sinHighOffset() const { return 2 * lowBytes() + highBytes(); }
  int64_t bytes() const { return 2 * (lowBytes() + highBytes()); }

  int64_t headDim;
  int64_t highPositions;
};

/// Writes the tables to `out`, tables.bytes() long. Pair i turns by theta^(-2i/D) a
/// position (Su et al., RoFormer, 2021), or as the scaling says. The tables of low
/// positions carry the scaling's magnitude: it comes once into each product.
void writeRopeTables(const RopeTables &tables, double theta, const RopeScaling &scaling,
                     uint8_t *out);

} // namespace qwenc
#endif
