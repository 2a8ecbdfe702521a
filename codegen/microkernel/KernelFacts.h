//===- codegen/microkernel/KernelFacts.h - what emitters ask of a class ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The emitters know no class by name: they ask for these facts. A new class is
// a row here and, if it multiplies in a new way, a DotKind.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_KERNELFACTS_H
#define QWENC_CODEGEN_MICROKERNEL_KERNELFACTS_H

#include "ir/kernels/FormatTraits.h"

namespace qwenc {

/// How 4 consecutive k of many rows are multiplied with 4 int8 activations.
enum class DotKind {
  /// vpdpbusd: unsigned weights x signed activations into int32.
  DotU8S8,
  /// sdot by element: signed weights x signed activations into int32.
  DotS8S8,
  /// vpmaddubsw into int16 for a whole group: unsigned nibbles only (8 products
  /// of at most 2 * 15 * 127 fit), one vpmaddwd at the end.
  MaddNibble,
  /// The same for four steps (of at most 2 * 31 * 127), then widened to int32:
  /// unsigned weights of 5 bits.
  MaddFiveBit,
  /// As MaddNibble, on |weight| and activation * sign(weight), for 6-bit weights
  /// and groups of 16.
  MaddSigned6,
  /// As MaddSigned6, but widened to int32 at every step: any int8 weight.
  MaddSigned8,
  /// smlal into int16 for a whole group: unsigned nibbles, and weights of up to 6
  /// bits in groups of 16.
  SmlalNibble,
  /// The same without room for a zero point: unsigned weights of 5 bits.
  SmlalFiveBit,
  /// smull, smlal into int16 for two steps, then sadalp: any int8 weight.
  SmlalByte,
};

/// How fp16 scales become fp32.
enum class HalfConversion {
  Instruction, ///< vcvtph2ps, fcvtl: what LLVM makes of an fpext
  Integer,     ///< baseline x86-64 has none: integer operations, no library call
};

struct KernelFacts {
  KernelClass cls;
  KernelArch arch;
  int vectorBytes;
  HalfConversion half;
  DotKind nibbleDot, fiveBitDot, sixBitDot, byteDot; ///< by OperandKind
  /// Most k of a panel that a prefill kernel unpacks at once (a multiple of
  /// 256): the unpacked block, 36 to 40 bytes a k, stays in the L1 cache.
  int unpackedK;
  /// Prefill multiplies 2 rows with 2 tokens over 8 k at once (smmla): its own
  /// order of unpacked weights and its own tile, EmitMatrixTile.cpp.
  bool matrixTile = false;
  /// SVE: a quad of activations is an element of 16 that every 128 bits of a register
  /// hold. Else it is broadcast from memory: A64FX splits products by element in two.
  bool dotByElement = true;

  /// NEON: conversions of bytes are dear, and a lookup leaves other bytes alone.
  bool looksFloatsUp() const { return arch == KernelArch::AArch64 && vectorBytes == 16; }
  /// NEON's sdot tiles, of many loads: neoverse-n1 (in LLVM's model) begins a load with an
  /// unscaled offset as one operation, any other as two. LLVM takes unscaled offsets for
  /// negative ones.
  bool loadsBelow() const {
    return arch == KernelArch::AArch64 && vectorBytes == 16 && !matrixTile &&
           byteDot == DotKind::DotS8S8;
  }
  /// 32-bit lanes of a vector: rows that one vector of sums covers.
  int lanes() const { return vectorBytes / 4; }
  /// Bits of SVE's scalable registers, of which a vector is one whole; 0: no SVE.
  int sveBits() const { return sveVectorBitsOf(cls); }
  /// Parts of a vector inside of which SVE takes elements and makes products of
  /// matrices: 128 bits, the whole vector of NEON.
  int segments() const { return vectorBytes / 16; }
  /// Vectors that cover the rows of a panel.
  int panelVectors() const { return kPanelRows / lanes(); }
  DotKind dotKind(OperandKind operand) const {
    return operand == OperandKind::Byte      ? byteDot
           : operand == OperandKind::SixBit  ? sixBitDot
           : operand == OperandKind::FiveBit ? fiveBitDot
                                             : nibbleDot;
  }
};

/// Are upper planes of one bit summed apart in decode, where -1 can be a weight? NEON
/// makes it of a bit by one test; SVE's tests make predicates.
inline bool sumsBitsApart(const KernelFacts &facts, const FormatTraits &traits) {
  return traits.lowBits == 4 && traits.highBits == 1 && !facts.sveBits() &&
         facts.dotKind(traits.operand) == DotKind::DotS8S8;
}

/// The row of a class.
const KernelFacts &kernelFacts(KernelClass cls);

/// True if one instruction adds 4 products to an int32: then the upper nibbles
/// of a raw byte need no unpacking, they are 1/16 of raw - lower.
inline bool isDot4(DotKind kind) { return kind == DotKind::DotU8S8 || kind == DotKind::DotS8S8; }

} // namespace qwenc
#endif
