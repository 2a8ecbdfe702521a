//===- codegen/microkernel/ScaleEpilogue.h - int32 sums into fp32 ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// After each group of 32 k:  acc += float(sum) * token's scale * row's scale,
// and for weights with a minimum  acc += (token's scale * token's sum) * minimum.
// The order of operations is the same in every kernel.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_SCALEEPILOGUE_H
#define QWENC_CODEGEN_MICROKERNEL_SCALEEPILOGUE_H

#include "codegen/microkernel/KernelBuilder.h"

namespace qwenc {

/// What one token's group of activations brings to the epilogue.
struct TokenScales {
  mlir::Value neg8;        ///< i32
  mlir::Value scale;       ///< fp32 vector, all lanes equal
  mlir::Value scaleOver16; ///< for sums that are 16 times too large
  mlir::Value scaledSum;   ///< fp32 vector: scale * sum(q); Q4_1 only
};

/// Loads them; the addresses are of the group's fp32 scale and int32 neg8.
TokenScales loadTokenScales(KernelBuilder &kb, WeightFormat format, mlir::Value scaleAddress,
                            mlir::Value neg8Address);

/// neg8 * multiple, or null for 0: what a dot product starts from.
mlir::Value startFrom(KernelBuilder &kb, const TokenScales &token, int multiple);

/// acc + sums * tokenScale * rowScale; all fp32
mlir::Value accumulateScaled(KernelBuilder &kb, mlir::Value acc, mlir::Value sums,
                             mlir::Value tokenScale, mlir::Value rowScale);

} // namespace qwenc
#endif
