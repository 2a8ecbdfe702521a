//===- codegen/microkernel/EmitEmbedding.h - rows of the token table ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_MICROKERNEL_EMITEMBEDDING_H
#define QWENC_CODEGEN_MICROKERNEL_EMITEMBEDDING_H

#include "ir/kernels/KernelSpec.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// Adds the kernel `embeddingKernelName(cls, format)` to the module, or returns
/// the one that is already there.
///
///   void name(ptr weights, ptr tokens, ptr out, i64 tokenBegin, i64 tokenEnd,
///             i64 k, i64 outStride)
///
/// writes, for tokens i in tokenBegin .. tokenEnd-1, row tokens[i] (int32, in
/// range) of the packed table as fp32 to out[i*outStride ..][k], with the very
/// values of the format's scalar dequantiser (no fused rounding).
llvm::Expected<mlir::LLVM::LLVMFuncOp> emitEmbedding(mlir::OpBuilder &builder,
                                                     mlir::ModuleOp module, KernelClass cls,
                                                     WeightFormat format);

} // namespace qwenc
#endif
