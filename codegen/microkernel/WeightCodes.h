//===- codegen/microkernel/WeightCodes.h - packed integers to operands ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the planes of ir/kernels/PackedLayout.h to the int8 vectors that a dot
// product takes, in registers.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_WEIGHTCODES_H
#define QWENC_CODEGEN_MICROKERNEL_WEIGHTCODES_H

#include "codegen/microkernel/KernelBuilder.h"
#include "ir/kernels/PackedLayout.h"

namespace qwenc {

/// Vector v of rows 0 .. 15 and of rows 16 .. 31, as int8 lanes.
struct RowPair {
  mlir::Value low, high;
};

/// Bytes (i64) of a packed panel of `k` (i64).
mlir::Value panelBytes(KernelBuilder &kb, const PackedBlock &block, mlir::Value k);

/// Splits nibbles as they are stored.
RowPair splitNibbles(KernelBuilder &kb, const FormatTraits &traits, mlir::Value raw);

/// Looks the codes of both up, as the class's dot product takes bytes.
RowPair lookUp(KernelBuilder &kb, const FormatTraits &traits, RowPair codes);

/// The operands' integer that stands for zero; `half` 1: of the high rows. Sums
/// must start at -zero * sum(activations).
int operandZero(const KernelFacts &facts, const FormatTraits &traits, int half);

/// The operands of one vector of rows (and those 16 further on) over a group.
class GroupCodes {
public:
  /// `quants` is the address of the group's first chunk.
  GroupCodes(KernelBuilder &kb, WeightFormat format, mlir::Value quants, int vector);

  /// Operands of k 4*quad .. 4*quad+3, as the class's dot product for the format
  /// wants them. Ask in order: a chunk is loaded once.
  RowPair operands(int quad);

private:
  KernelBuilder &kb;
  const FormatTraits &traits;
  PackedBlock block;
  mlir::Value quants;
  int vector;
  struct Chunk {
    int64_t offset = -1;
    mlir::Value bytes;
  } chunks[2][2]; // of a plane; bytes: of a half

  mlir::Value chunk(int plane, int half, int64_t offset);
  mlir::Value field(int plane, int quad, int half);
  mlir::Value operand(int quad, int half);
};

} // namespace qwenc
#endif
