//===- ir/kernels/FormatTraits.h - what kernels know of a format ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A weight format is a row of data: how its integers are stored, what they stand
// for and how they are scaled. Packing, kernels and the embedding's rows follow
// from it; none of them knows a format by name. With q the stored integer,
//
//   weight = scale * (q - zeroPoint)            (+ minimum)
//   weight = scale * table[q]
//
// where a block's scale is a half of its own, or (Super) a half per 256 elements
// times an integer per part of 32 or 16 of them, or (Row) one half for a whole row;
// minima alike, but subtracted.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_KERNELS_FORMATTRAITS_H
#define QWENC_IR_KERNELS_FORMATTRAITS_H

#include "ir/kernels/KernelSpec.h"
#include "support/quant/BlockFormat.h"

namespace qwenc {

/// Which of a class's dot products takes the operands (KernelFacts::dotKind).
enum class OperandKind {
  Float,
  Nibble,  ///< 0 .. 15
  FiveBit, ///< 0 .. 31
  SixBit,  ///< up to 0 .. 63 or -32 .. 31, and parts of 16 k
  Byte,    ///< any int8
};

enum class ScaleKind {
  None,
  Half,       ///< an fp16 a block of 32
  Super,      ///< an fp16 a block of 256 and an int8 a part
  PowerOfTwo, ///< a byte a block of 32: 2^(byte - 128)
  Row,        ///< an fp16 a row, by which sums over all k are multiplied
};

enum class MinimumKind {
  None,
  Half,        ///< an fp16 a block of 32
  Super,       ///< an fp16 a block of 256 and a byte a part
  SuperNibble, ///< the same in the upper nibble of the part's scale
};

/// Sums of a group's activations that kernels of a format read beside their scales and
/// neg8.
enum class TokenSums {
  None,
  Halves, ///< -32 * sum(q) of each 16 columns: int32
  Scaled, ///< scale * sum(q): fp32 for each 32 columns
};

struct FormatTraits {
  WeightFormat format;
  llvm::StringLiteral name; ///< as in kernel names and in the IR
  GgmlType file;
  OperandKind operand;
  /// Bits of an integer, split over planes of chunks: lower and upper ones.
  int lowBits, highBits;
  int zeroPoint; ///< a multiple of 8 where a group has one part
  /// What 16 codes stand for; null: the integers themselves, less zeroPoint.
  const int8_t *table;
  ScaleKind scale;
  MinimumKind minimum;
  /// Scales of a group: 1, or 2 for 16 k each.
  int parts;
  /// k of a group, whose products are summed in int32: 32, or a multiple of it
  /// where so many share a scale. Activations share one over as many.
  int group = kActivationGroup;

  bool isFloat() const { return operand == OperandKind::Float; }
  constexpr bool hasMinimum() const { return minimum != MinimumKind::None; }
  /// What minima, and zero points of parts, multiply.
  constexpr TokenSums tokenSums() const {
    return parts == 2 ? TokenSums::Halves : hasMinimum() ? TokenSums::Scaled : TokenSums::None;
  }
  /// Are minima subtracted?
  bool minimaSubtracted() const { return minimum != MinimumKind::Half; }
  int planes() const { return highBits ? 2 : 1; }
  int planeBits(int plane) const { return plane == 0 ? lowBits : highBits; }
  int bits() const { return lowBits + highBits; }
  /// Dot products of 4 k in a group, and stretches of kActivationGroup.
  int quads() const { return group / 4; }
  int stretches() const { return group / kActivationGroup; }
};

/// The row of a format.
const FormatTraits &formatTraits(WeightFormat format);

/// The format of a type of the file that is supported.
WeightFormat weightFormatFor(GgmlType type);

} // namespace qwenc
#endif
