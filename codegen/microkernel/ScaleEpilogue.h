//===- codegen/microkernel/ScaleEpilogue.h - int32 sums into fp32 ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// After each group of k:  acc += float(sum) * token's scale * row's scale,
// and for weights with a minimum  acc += (token's scale * token's sum) * minimum,
// for each part of the group. The order of operations is the same in every kernel.
//
// A row's scale and minimum of a super-block are products of a half and an integer
// of at most 8 bits, which fp32 holds exactly. Where a group has two scales, they
// multiply the int32 sums of the parts instead, and the row's scale is the half.
//
// Where sums start at the bits of the float R = 1.5 * 2^23, one fused
// multiply-add converts and scales: (R + sum) * scale - R * scale. It is exactly
// round(sum * scale), because a token's scale has no more than 22 significant
// bits (Halide's quantisers round it so) and R = 3 * 2^22 adds two.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_SCALEEPILOGUE_H
#define QWENC_CODEGEN_MICROKERNEL_SCALEEPILOGUE_H

#include "codegen/microkernel/KernelBuilder.h"
#include "ir/kernels/PackedLayout.h"

namespace qwenc {

/// The bits of the float 1.5 * 2^23, the R above.
inline constexpr int64_t kRoundingBits = 0x4b400000;
/// The bits of the float 1.5 * 2^19, of which one more in the last place is 1/16.
inline constexpr int64_t kSixteenthRoundingBits = 0x49400000;

/// A factor of one token's sums.
struct TokenScale {
  mlir::Value value; ///< fp32 vector
  /// -R * value, or where it lies in memory if a kernel keeps it there: a
  /// multiply-add overwrites its addend, and a load is cheaper than a copy.
  mlir::Value offset, offsetAddress;
};

/// A scale with its offset.
TokenScale makeTokenScale(KernelBuilder &kb, mlir::Value value);
/// Stores the offset at `address` (a vector's alignment), from where it is taken.
void keepOffset(KernelBuilder &kb, TokenScale &scale, mlir::Value address);

/// What one token's group of activations brings to the epilogue.
struct TokenScales {
  mlir::Value neg8Address; ///< null: a sum of several
  mlir::Value neg8;        ///< i32
  mlir::Value neg32[2];    ///< i32, -32 * sum(q) of each part, where there are two
  TokenScale scale;        ///< all lanes equal
  TokenScale scaleOver16;  ///< for sums that are 16 times too large
  /// fp32 vectors, of each part scale * sum(q): what minima multiply; with minima only
  mlir::Value scaledSum[2];
};

/// Addresses of a token's group: of fp32 scales, int32 neg8, the sums of
/// FormatTraits::tokenSums and int8 activations.
struct TokenAddresses {
  mlir::Value scale, neg8, sums, activations;
};

/// Those of the group `groups` (i64) of the format's groups further on.
TokenAddresses movedOn(KernelBuilder &kb, const FormatTraits &traits, const TokenAddresses &token,
                       mlir::Value groups);

/// Loads them.
TokenScales loadTokenScales(KernelBuilder &kb, const FormatTraits &traits,
                            const TokenAddresses &token);

/// The same as scalars: for tiles that arrange them in their own way.
struct ScalarScales {
  mlir::Value scale, neg8, neg32[2], scaledSum[2];
};
ScalarScales loadScalarScales(KernelBuilder &kb, const FormatTraits &traits,
                              const TokenAddresses &token);

/// The same token for the start of one more vector of sums. Where copies of vectors
/// take the pipes of products (SVE), its neg8 is loaded anew, for one more broadcast
/// from a general register.
TokenScales anotherStart(KernelBuilder &kb, const TokenScales &token);

/// -zero * sum(q) of a part (0 where a group is one), or null for 0: what a dot
/// product starts from. `zero` is a multiple of 8 where a group is one part.
mlir::Value startFrom(KernelBuilder &kb, const FormatTraits &traits, const TokenScales &token,
                      int part, int zero);

/// round(sum * scale) of int32 sums that started at kRoundingBits.
mlir::Value scaleRoundedSum(KernelBuilder &kb, mlir::Value ints, const TokenScale &scale);

/// acc + scaled * rowScale, or acc + scaled if that is null; all fp32
mlir::Value accumulateScaled(KernelBuilder &kb, mlir::Value acc, mlir::Value scaled,
                             mlir::Value rowScale);

/// acc + scaledSum * minimum, or less that where minima are subtracted; all fp32
mlir::Value accumulateMinimum(KernelBuilder &kb, const FormatTraits &traits, mlir::Value acc,
                              mlir::Value scaledSum, mlir::Value minimum);

/// What makes fp32 of bytes by lookups (NEON, where conversions are dear): the
/// float 2^15 in every lane, with a byte for its second one, is that much larger.
class ByteFloats {
public:
  /// Emit in the function's entry block.
  explicit ByteFloats(KernelBuilder &kb);
  /// 2^15 + byte of the `lanes` of 16 unsigned bytes from `first` on.
  mlir::Value aboveTwo15(mlir::Value bytes, int first);

private:
  KernelBuilder &kb;
  mlir::Value magic;      // in memory
  mlir::Value indices[4]; // which bytes; LLVM must not see that they are constant
};

/// The scales and minima of a group's rows in a packed panel, a vector of rows at
/// a time.
class RowScales {
public:
  /// `blockAddress` of the block, `parts` of the group's parts (or null). `floats`
  /// may be null.
  RowScales(KernelBuilder &kb, WeightFormat format, mlir::Value blockAddress, mlir::Value parts,
            ByteFloats *floats = nullptr)
      : kb(kb), traits(formatTraits(format)), block(packedBlock(format)),
        blockAddress(blockAddress), parts(parts), floats(floats) {}

  /// fp32; null where rows have theirs at the end of all k
  mlir::Value scale(int vector);
  /// fp32, of part `part`
  mlir::Value minimum(int vector, int part);
  /// int32, where a group has two
  mlir::Value partScale(int vector, int part);

private:
  KernelBuilder &kb;
  const FormatTraits &traits;
  PackedBlock block;
  mlir::Value blockAddress, parts;
  ByteFloats *floats;

  mlir::Value halves(int64_t offset, int vector);
  mlir::Value partBytes(int line, int vector, bool isSigned);
  mlir::Value scaled(mlir::Value half, int line, int vector, bool isSigned);
};

} // namespace qwenc
#endif
