//===- codegen/microkernel/ScaleEpilogue.cpp - int32 sums into fp32 -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/ScaleEpilogue.h"

using namespace mlir;

namespace qwenc {

TokenScales loadTokenScales(KernelBuilder &kb, WeightFormat format, Value scaleAddress,
                            Value neg8Address) {
  TokenScales token;
  Value scale = kb.load(kb.f32(), scaleAddress, 4);
  token.neg8 = kb.load(kb.i32(), neg8Address, 4);
  token.scale = kb.splat(scale, kb.vecF32());
  token.scaleOver16 = kb.splat(kb.mulF(scale, kb.constantF(kb.f32(), 0x1p-4)), kb.vecF32());
  if (format == WeightFormat::Q4_1) {
    Value sum = kb.mulF(kb.toF32(token.neg8), kb.constantF(kb.f32(), -0x1p-3));
    token.scaledSum = kb.splat(kb.mulF(sum, scale), kb.vecF32());
  }
  return token;
}

Value startFrom(KernelBuilder &kb, const TokenScales &token, int multiple) {
  return multiple == 0 ? Value() : kb.mul(token.neg8, multiple);
}

Value accumulateScaled(KernelBuilder &kb, Value acc, Value sums, Value tokenScale, Value rowScale) {
  return kb.fmuladd(kb.mulF(sums, tokenScale), rowScale, acc);
}

} // namespace qwenc
