//===- codegen/microkernel/DotStep.h - int8 dot products into int32 -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One vector of rows times one token over one group of k. A weight vector holds
// 4 consecutive k ("a quad") of each of its rows:
//
//     lane     0            1            2
//     weights  k0 k1 k2 k3 | k0 k1 k2 k3 | ...     rows r, r+1, r+2 ...
//     quad     a0 a1 a2 a3 | a0 a1 a2 a3 | ...     the same for every row
//     sum      int32       | int32       | ...
//
// What the partial sums look like between steps is each instruction's own
// business: a DotState is opaque until finish() makes one int32 vector of it.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_DOTSTEP_H
#define QWENC_CODEGEN_MICROKERNEL_DOTSTEP_H

#include "codegen/microkernel/KernelBuilder.h"

namespace qwenc {

/// The bits of the float 1.5 * 2^23, beginForF32() below says what for.
inline constexpr int64_t kRoundingBits = 0x4b400000;

/// Partial sums of one vector of rows and one token.
struct DotState {
  llvm::SmallVector<mlir::Value, 4> parts;
};

/// A weight vector with what the steps of all tokens share (its magnitude).
struct DotWeight {
  mlir::Value value;
  mlir::Value magnitude;
};

class DotStep {
public:
  DotStep(KernelBuilder &kb, DotKind kind) : kb(kb), kind(kind) {}

  /// The state whose sum is the int32 `start` (null: zero). MaddNibble and
  /// SmlalNibble hold it in int16, which the zero point's correction fits:
  /// there it must be a multiple of 4.
  DotState begin(mlir::Value start);
  /// The state whose sums are the int32 vector `start`: 4-product kinds only.
  DotState beginVector(mlir::Value start) { return {{start}}; }

  /// A weight vector ready for step(): int8 lanes, unsigned or signed as `kind`
  /// wants.
  DotWeight weight(mlir::Value bytes);
  /// For sums whose last use is in fp32, where conversion is dear: begin at the
  /// bits of the float 1.5 * 2^23 (`times` of them). Sums below 2^22 leave the
  /// exponent alone, so the bits *are* that float plus the sum, exactly, and one
  /// subtraction gives it. Elsewhere the same as begin().
  DotState beginForF32(mlir::Value start, int times = 1);
  /// Adds the products with quad `index` (0 .. 7, in order) of the group.
  void step(DotState &state, const DotWeight &weight, mlir::Value quad, int index);
  /// The int32 sums, one lane a row.
  mlir::Value finish(const DotState &state);
  /// The sums of beginForF32 in fp32; `ints` is finish(), or the difference of
  /// two such where `times` were one apart.
  mlir::Value toF32(mlir::Value ints);

private:
  KernelBuilder &kb;
  DotKind kind;

  /// AArch64's scvtf takes two cycles of one pipe, a subtraction one of any.
  bool startsAsFloat() const { return kind == DotKind::DotS8S8; }
  mlir::Value dot4(mlir::Value sum, mlir::Value weight, mlir::Value quad);
  mlir::Value maddBytes(mlir::Value unsignedBytes, mlir::Value signedBytes);
  mlir::Value maddWords(mlir::Value words);
  mlir::Value applySign(mlir::Value bytes, mlir::Value sign);
  mlir::Value half(mlir::Value bytes, int which);
  mlir::Value mulLong(mlir::Value weight, mlir::Value quad, int which);
};

/// The activations of one token and one group of 32 k as quads.
class ActivationGroup {
public:
  /// `address` of the group's 32 int8, 16-byte aligned. `unsignedBytes`: adds
  /// 128 to each, for DotS8U8.
  ActivationGroup(KernelBuilder &kb, mlir::Value address, bool unsignedBytes = false);
  /// Quad 0 .. 7 in every lane of an int8 vector.
  mlir::Value quad(int index);

private:
  KernelBuilder &kb;
  mlir::Value address;
  bool unsignedBytes;
  mlir::Value registers[2]; // AArch64: 16 k each, taken by element
};

} // namespace qwenc
#endif
