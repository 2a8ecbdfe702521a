//===- codegen/microkernel/OutputTile.h - where a tile starts and ends ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums start from zeros, a bias, a residual or the sums of an earlier part of k,
// and end in the output. A panel with fewer than 32 rows must not be loaded or
// stored whole; such tiles go over a small buffer on the stack, element by
// element, so that the tile's own code knows nothing of edges. Where rows have a
// scale each, sums start from zero, and what they would start from is added when
// they are scaled.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_OUTPUTTILE_H
#define QWENC_CODEGEN_MICROKERNEL_OUTPUTTILE_H

#include "codegen/microkernel/KernelBuilder.h"

namespace qwenc {

/// A matrix of fp32 in memory: the address of its first element and the bytes
/// from one token to the next.
struct TokenMatrix {
  mlir::Value address;
  mlir::Value stride;
};

class OutputTile {
public:
  /// A tile of `tokens` x `rows` of which `validRows` (i64, may be <= 0 or more
  /// than `rows`) exist. `edge` is a stack buffer of tokens * rows * 4 bytes.
  OutputTile(KernelBuilder &kb, TokenMatrix source, TokenMatrix target, int tokens, int rows,
             mlir::Value validRows, mlir::Value edge);

  /// Multiplies sums by the scales of the rows, halves from the address on, before
  /// they are stored. Call it first.
  void scaleRows(mlir::Value halves);
  /// The values that the sums start from: tokens x vectors, token by token.
  Values load();
  /// Writes the sums where they belong.
  void store(mlir::ValueRange sums);

private:
  KernelBuilder &kb;
  TokenMatrix source, target, edge;
  int tokens, rows;
  mlir::Value validRows, ragged, rowScales;
  Values starts; ///< with rowScales: what is added to the scaled sums

  void copy(TokenMatrix from, TokenMatrix to);
  TokenMatrix choose(TokenMatrix whole);
};

} // namespace qwenc
#endif
