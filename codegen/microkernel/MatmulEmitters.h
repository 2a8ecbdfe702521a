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

namespace qwenc {

/// Fewer tokens than make the unpacking of a panel pay for itself.
inline constexpr int kBatchTokens = 8;

/// The kernel's arguments; EmitMatmul.h says what they are.
struct MatmulArguments {
  mlir::Value weights, actQ, actScale, actNeg8, out, init;
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

/// A tile of spec.nr rows and `tokens` tokens over `length` steps (groups of 32
/// k, or single k) of an unpacked panel. Returns the new sums.
///   buffer      unpacked panel at the tile's first row
///   tokenIndex  i64, first token; step  i64, first group or k of the part
using TileBody =
    llvm::function_ref<Values(int tokens, mlir::Value buffer, mlir::Value tokenIndex,
                              mlir::Value step, mlir::Value length, mlir::ValueRange sums)>;

/// Any number of tokens: for each panel and part of k, unpack, then walk over
/// rows and tokens in tiles.
void emitPrefill(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args);

/// The inner loops of the kinds of tile. `scratch` is memory of 1 + tokens vectors,
/// the first of which holds kRoundingBits; the others are the tile's own.
Values emitIntegerTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                       int tokens, mlir::Value buffer, mlir::Value tokenIndex, mlir::Value step,
                       mlir::Value length, mlir::ValueRange sums, mlir::Value scratch);
/// The integer tile of classes with a matrix instruction.
Values emitMatrixTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                      int tokens, mlir::Value buffer, mlir::Value tokenIndex, mlir::Value step,
                      mlir::Value length, mlir::ValueRange sums, mlir::Value scratch);
Values emitFloatTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                     int tokens, mlir::Value buffer, mlir::Value tokenIndex, mlir::Value step,
                     mlir::Value length, mlir::ValueRange sums, mlir::Value scratch);

/// Where sums of the first part of k start from, at row `row` (i64) of token 0;
/// `zeros` is a buffer of a panel's zeros for Store.
TokenMatrix startMatrix(KernelBuilder &kb, Epilogue epilogue, const MatmulArguments &args,
                        mlir::Value row, mlir::Value zeros);

} // namespace qwenc
#endif
