//===- codegen/microkernel/MatmulEmitters.h - bodies of matmul kernels ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loop nests behind emitMatmul. Each fills the body of a function whose
// arguments are given by name.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_MATMULEMITTERS_H
#define QWENC_CODEGEN_MICROKERNEL_MATMULEMITTERS_H

#include "codegen/microkernel/KernelBuilder.h"
#include "codegen/microkernel/OutputTile.h"
#include "codegen/microkernel/ScaleEpilogue.h"

namespace qwenc {

/// Fewer tokens than make the unpacking of a panel pay for itself.
inline constexpr int kBatchTokens = 8;

/// The kernel's arguments; EmitMatmul.h says what they are.
struct MatmulArguments {
  mlir::Value weights, actQ, actScale, actNeg8, actSums, out, init;
  mlir::Value panelBegin, panelEnd, rows, m, k, outStride, initStride;
};

/// One token, integer weights: a panel at a time, straight from memory.
void emitDecodeInteger(KernelBuilder &kb, const MatmulKernelSpec &spec,
                       const MatmulArguments &args);
/// The same for a few tokens, 4 at a time: what a prefill kernel of integer weights
/// does with kBatchTokens or fewer.
void emitSmallBatch(KernelBuilder &kb, const MatmulKernelSpec &prefill,
                    const MatmulArguments &args);
/// One token, float weights.
void emitDecodeFloat(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args);

/// Any number of tokens: for each panel and part of k, unpack, then walk over
/// rows and tokens in tiles.
void emitPrefill(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args);

/// Where a tile of spec.nr rows and a few tokens is, over steps (groups of k, or
/// single k) of an unpacked panel.
struct PrefillTile {
  int tokens;
  mlir::Value token;   ///< i64, the first
  mlir::Value buffer;  ///< the unpacked panel at the tile's first row
  mlir::Value step;    ///< i64, first group or k of the part
  mlir::Value length;  ///< i64, steps
  mlir::Value scratch; ///< memory of 1 + tokens vectors, the first of kRoundingBits
  mlir::Value table;   ///< TokenTable of the part; null where KernelFacts::loadsBelow is false
};

/// The inner loops of the kinds of tile: `sums` (tokens x vectors of rows) and the
/// products of all steps.
Values emitIntegerTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                       const PrefillTile &place, mlir::ValueRange sums);
/// The integer tile of classes with a matrix instruction.
Values emitMatrixTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                      const PrefillTile &place, mlir::ValueRange sums);
Values emitFloatTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                     const PrefillTile &place, mlir::ValueRange sums);

/// Addresses of `tokens` tokens from `token` (i64) on at the group of step `step` (i64).
llvm::SmallVector<TokenAddresses> tileTokens(KernelBuilder &kb, const MatmulKernelSpec &spec,
                                             const MatmulArguments &args, int tokens,
                                             mlir::Value token, mlir::Value step);

/// Where sums of the first part of k start from, at row `row` (i64) of token 0;
/// `zeros` is a buffer of a panel's zeros for Store.
TokenMatrix startMatrix(KernelBuilder &kb, Epilogue epilogue, const MatmulArguments &args,
                        mlir::Value row, mlir::Value zeros);

} // namespace qwenc
#endif
