//===- codegen/microkernel/EmitMatmul.h - quantised matmul kernels --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Emits a kernel as a function of the dialects llvm, arith, vector and scf, in
// one body for all classes: vector length, registers and the dot-product
// instruction are facts of the class (KernelFacts.h).
//
// Lower the module with convert-vector-to-llvm, convert-scf-to-cf,
// convert-cf-to-llvm, convert-arith-to-llvm, reconcile-unrealized-casts, and
// compile it with at least llvmFeaturesOf(spec.cls).
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_EMITMATMUL_H
#define QWENC_CODEGEN_MICROKERNEL_EMITMATMUL_H

#include "ir/kernels/KernelSpec.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// Loads the dialects that kernels are made of; call it once per context.
void loadKernelDialects(mlir::MLIRContext &context);

/// Adds the kernel `formatKernelName(spec)` to the module, or returns the one
/// that is already there. Linkage is external; the caller may change it.
///
///   void name(ptr weights, ptr actQ, ptr actScale, ptr actNeg8, ptr actSums,
///             ptr out, ptr init, i64 panelBegin, i64 panelEnd, i64 rows, i64 m, i64 k,
///             i64 outStride, i64 initStride)
///
/// computes, for tokens i in 0 .. m-1 and rows r in 32*panelBegin ..
/// min(rows, 32*panelEnd)-1,
///
///   out[i*outStride + r] = start + sum over k of act[i][k] * weight[r][k]
///   start = 0 (Store), init[r] (Bias), init[i*initStride + r] (Accumulate)
///
///   weights    panel 0 of the tensor, 64-byte aligned (PackedLayout.h)
///   actQ       int8 [m][k], 16-byte aligned; fp32 [m][k] for float formats
///   actScale   fp32 [m][k/32], on AArch64 of at most 22 significant bits; not read
///              by float formats
///   actNeg8    int32 [m][k/32], -8 * sum of the group's int8 values; not read
///              by float formats
///   actSums    more sums, as FormatTraits::tokenSums says: int32 [m][k/16], -32 *
///              sum, or fp32 [m][k/32], scale * sum; not read by other formats
///   out        fp32, 4-byte aligned; may be the same address as init
///   init       fp32; not read by Store
///   rows       true number of rows: padding is never stored
///   m          not read by decode kernels (one token)
///   k          a multiple of ggufBlockK(format)
///   strides    in elements
///
/// The order of summation is the same in decode and prefill kernels of a
/// class, so both give the same bits. Stack use is below 64 KiB.
///
/// A prefill kernel of integer weights calls another function for few tokens. Where
/// only the loop for many is of interest, that one may stay `Declared`, which takes
/// half of the time of its compilation away.
enum class SmallBatch { Emitted, Declared };
llvm::Expected<mlir::LLVM::LLVMFuncOp> emitMatmul(mlir::OpBuilder &builder, mlir::ModuleOp module,
                                                  const MatmulKernelSpec &spec,
                                                  SmallBatch batch = SmallBatch::Emitted);

/// Products that the kernel's instructions make for each weight and token: more than
/// one where a part of the weights' bits is multiplied apart.
int productsPerWeight(const MatmulKernelSpec &spec);

} // namespace qwenc
#endif
