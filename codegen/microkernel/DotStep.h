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
#include "codegen/microkernel/ScaleEpilogue.h"

namespace qwenc {

/// Does beginForF32 start at the bits of a float? AArch64's scvtf takes two cycles
/// of one pipe.
inline bool startsAsFloat(DotKind kind) { return kind == DotKind::DotS8S8; }

/// Partial sums of one vector of rows and one token.
struct DotState {
  llvm::SmallVector<mlir::Value, 4> parts;
};

/// A weight vector with what the steps of all tokens share (its magnitude).
struct DotWeight {
  mlir::Value value;
  mlir::Value magnitude;
};

/// Four k of activations for every row, as step() takes them.
struct ActivationQuad {
  ActivationQuad(mlir::Value bytes) : bytes(bytes) {}
  ActivationQuad(mlir::Value sixteen, int element) : bytes(sixteen), element(element) {}

  mlir::Value bytes; ///< the quad in every 32-bit lane; SVE by element: 16 activations
  int element = 0;   ///< SVE by element: which four of the 16
};

class DotStep {
public:
  /// `starts`: memory that holds a vector of kRoundingBits, where loading them is
  /// cheaper than copying a register; else null.
  DotStep(KernelBuilder &kb, DotKind kind, mlir::Value starts = nullptr)
      : kb(kb), kind(kind), starts(starts) {}

  /// The state whose sum is the int32 `start` (null: zero). MaddNibble and
  /// SmlalNibble hold it in int16, which the zero point's correction fits:
  /// there it must be a multiple of 4.
  DotState begin(mlir::Value start);
  /// A weight vector ready for step(): int8 lanes, unsigned or signed as `kind`
  /// wants.
  DotWeight weight(mlir::Value bytes);
  /// For sums whose last use is in fp32, where conversion is dear: begin at the
  /// bits of the float 1.5 * 2^23. Sums below 2^22 leave the exponent alone, so the
  /// bits *are* that float plus the sum, exactly; scaled() takes it off again.
  /// Elsewhere the same as begin().
  DotState beginForF32(mlir::Value start);
  /// For a sum from which another one of beginForF32() will be taken: where those
  /// start as floats, the difference is the float 1.5 * 2^19 plus a sixteenth.
  DotState beginRawForF32(mlir::Value start);
  /// What the start of beginRawForF32() has more than that of the other one.
  DotState beginAboveForF32(mlir::Value start);
  /// Quads of a group of `quads` that a state has room for: all, or 8 in int16.
  int quadsAtOnce(int quads) const { return isDot4(kind) ? quads : 8; }
  /// Adds the products with quad `index` (in order) of the group.
  void step(DotState &state, const DotWeight &weight, const ActivationQuad &quad, int index);
  /// The int32 sums, one lane a row.
  mlir::Value finish(const DotState &state);
  /// The same times scales, each twice in the int16 lanes of a row; for MaddNibble and
  /// MaddSigned6.
  mlir::Value finishScaled(const DotState &state, mlir::Value pairs);
  /// The sums of beginForF32 times the token's scale in fp32, rounded once; `ints`
  /// is finish(). Of the difference of sums of beginRawForF32 and beginForF32 with
  /// TokenScales::scaleOver16 a sixteenth of it.
  mlir::Value scaled(mlir::Value ints, const TokenScale &scale);

private:
  KernelBuilder &kb;
  DotKind kind;
  mlir::Value starts;

  DotState beginAtBits(mlir::Value start, int64_t bits);
  mlir::Value dot4(mlir::Value sum, mlir::Value weight, const ActivationQuad &quad);
  mlir::Value maddBytes(mlir::Value unsignedBytes, mlir::Value signedBytes);
  /// Sums of pairs of int16 lanes, times `factors` (null: 1).
  mlir::Value maddWords(mlir::Value words, mlir::Value factors = {});
  mlir::Value applySign(mlir::Value bytes, mlir::Value sign);
  mlir::Value half(mlir::Value bytes, int which);
  mlir::Value mulLong(mlir::Value weight, mlir::Value quad, int which);
};

/// The activations of one token and one group of k as quads.
class ActivationGroup {
public:
  /// `address` of the group's int8, 16-byte aligned.
  ActivationGroup(KernelBuilder &kb, mlir::Value address);
  /// Quad 0 .. 7, or more of a longer group. Ask in order: sixteen are loaded once.
  ActivationQuad quad(int index);

private:
  KernelBuilder &kb;
  mlir::Value address;
  mlir::Value sixteen; // AArch64: 16 k, taken by element ...
  int loaded = -1;     // ... and which of the group's
};

} // namespace qwenc
#endif
