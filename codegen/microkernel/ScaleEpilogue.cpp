//===- codegen/microkernel/ScaleEpilogue.cpp - int32 sums into fp32 -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/ScaleEpilogue.h"
#include "codegen/microkernel/DotStep.h"

using namespace mlir;

namespace qwenc {

TokenScale makeTokenScale(KernelBuilder &kb, Value value) {
  return {value, kb.mulF(value, kb.constantF(value.getType(), -0x1.8p23)), Value()};
}

/// Sums 16 times too large that started as floats have lost the 16 already:
/// DotStep::beginRawForF32().
static TokenScale scaleOver16(KernelBuilder &kb, const TokenScale &scale) {
  auto sixteenth = [&](Value value) {
    return kb.mulF(value, kb.constantF(value.getType(), 0x1p-4));
  };
  if (startsAsFloat(kb.facts.nibbleDot))
    return {scale.value, sixteenth(scale.offset), Value()};
  return {sixteenth(scale.value), Value(), Value()};
}

void keepOffset(KernelBuilder &kb, TokenScale &scale, Value address) {
  kb.store(scale.offset, address, kb.facts.vectorBytes);
  scale.offsetAddress = address;
}

TokenScales loadTokenScales(KernelBuilder &kb, const FormatTraits &traits,
                            const TokenAddresses &address) {
  TokenScales token;
  Value scale = kb.load(kb.f32(), address.scale, 4);
  token.neg8Address = address.neg8;
  token.neg8 = kb.load(kb.i32(), address.neg8, 4);
  token.scale = makeTokenScale(kb, kb.splat(scale, kb.vecF32()));
  token.scaleOver16 = scaleOver16(kb, token.scale);
  if (traits.hasMinimum()) {
    Value sums[2];
    scaledPartSums(kb, traits, address, scale, token.neg8, sums);
    for (int part = 0; part < traits.parts; ++part)
      token.scaledSum[part] = kb.splat(sums[part], kb.vecF32());
  }
  return token;
}

void scaledPartSums(KernelBuilder &kb, const FormatTraits &traits, const TokenAddresses &token,
                    Value scale, Value neg8, Value (&sums)[2]) {
  const bool subtracted = traits.minimum != MinimumKind::Half;
  if (traits.parts == 1) {
    Value sum = kb.mulF(kb.toF32(neg8), kb.constantF(kb.f32(), subtracted ? 0x1p-3 : -0x1p-3));
    sums[0] = kb.mulF(sum, scale);
    return;
  }
  assert(subtracted && "no format adds minima of parts");
  Value first = kb.sumBytes(kb.load(kb.vec(16, kb.i8()), token.activations, 16));
  Value negFirst = kb.sub(kb.constant(kb.i32(), 0), first);
  Value negSecond = kb.sub(kb.ashr(neg8, 3), negFirst);
  sums[0] = kb.mulF(kb.toF32(negFirst), scale);
  sums[1] = kb.mulF(kb.toF32(negSecond), scale);
}

TokenScales anotherStart(KernelBuilder &kb, const TokenScales &token) {
  TokenScales another = token;
  if (kb.facts.sveBits())
    another.neg8 = kb.loadAgain(kb.i32(), token.neg8Address, 4);
  return another;
}

Value startFrom(KernelBuilder &kb, const TokenScales &token, int multiple) {
  return multiple == 0 ? Value() : kb.mul(token.neg8, multiple);
}

Value scaleRoundedSum(KernelBuilder &kb, Value ints, const TokenScale &scale) {
  Value offset = scale.offsetAddress ? kb.loadAgain(scale.value.getType(), scale.offsetAddress,
                                                    kb.facts.vectorBytes)
                                     : scale.offset;
  return kb.fma(kb.bitcast(ints, scale.value.getType()), scale.value, offset);
}

Value accumulateScaled(KernelBuilder &kb, Value acc, Value scaled, Value rowScale) {
  return kb.fmuladd(scaled, rowScale, acc);
}

Value RowScales::halves(int64_t offset, int vector) {
  return kb.loadHalves(kb.at(blockAddress, offset + vector * kb.facts.vectorBytes / 2));
}

Value RowScales::partBytes(int line, int vector, bool isSigned) {
  int64_t offset = line * kPanelRows + vector * kb.facts.lanes();
  Value bytes = kb.load(kb.vec(kb.facts.lanes(), kb.i8()), kb.at(parts, offset), 4);
  return isSigned ? kb.sext(bytes, kb.vecI32()) : kb.zext(bytes, kb.vecI32());
}

Value RowScales::scale(int vector) {
  if (traits.scale == ScaleKind::PowerOfTwo)
    return kb.loadHalfPowers(kb.at(blockAddress, block.scaleOffset + vector * kb.facts.lanes()));
  Value half = halves(block.scaleOffset, vector);
  if (traits.scale != ScaleKind::Super || traits.parts == 2)
    return half;
  return kb.mulF(half, kb.toF32(partBytes(0, vector, /*isSigned=*/true)));
}

Value RowScales::partScale(int vector, int part) {
  if (traits.minimum != MinimumKind::SuperNibble)
    return partBytes(part, vector, /*isSigned=*/true);
  return kb.bitAnd(partBytes(part, vector, /*isSigned=*/false), 0x0f);
}

Value RowScales::minimum(int vector, int part) {
  Value half = halves(block.minOffset, vector);
  if (traits.minimum == MinimumKind::Half)
    return half;
  Value integer = traits.minimum == MinimumKind::SuperNibble
                      ? kb.lshr(partBytes(part, vector, /*isSigned=*/false), 4)
                      : partBytes(traits.parts + part, vector, /*isSigned=*/false);
  return kb.mulF(half, kb.toF32(integer));
}

} // namespace qwenc
