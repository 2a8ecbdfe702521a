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

TokenAddresses movedOn(KernelBuilder &kb, const FormatTraits &traits, const TokenAddresses &token,
                       Value groups) {
  const int64_t scaleBytes = 4 * traits.stretches();
  return {kb.at(token.scale, kb.mul(groups, scaleBytes)),
          kb.at(token.neg8, kb.mul(groups, scaleBytes)),
          kb.at(token.sums, kb.mul(groups, traits.parts * scaleBytes)),
          kb.at(token.activations, kb.mul(groups, traits.group))};
}

ScalarScales loadScalarScales(KernelBuilder &kb, const FormatTraits &traits,
                              const TokenAddresses &token) {
  ScalarScales scalars;
  scalars.scale = kb.load(kb.f32(), token.scale, 4);
  scalars.neg8 = kb.load(kb.i32(), token.neg8, 4);
  for (int stretch = 1; stretch < traits.stretches(); ++stretch)
    scalars.neg8 = kb.add(scalars.neg8, kb.load(kb.i32(), kb.at(token.neg8, 4 * stretch), 4));
  auto sum = [&](int index, Type type) { return kb.load(type, kb.at(token.sums, 4 * index), 4); };
  switch (traits.tokenSums()) {
  case TokenSums::None:
    break;
  case TokenSums::Halves:
    for (int part = 0; part < 2; ++part) {
      scalars.neg32[part] = sum(part, kb.i32());
      if (traits.hasMinimum())
        scalars.scaledSum[part] = kb.mulF(
            kb.mulF(kb.toF32(scalars.neg32[part]), kb.constantF(kb.f32(), -0x1p-5)), scalars.scale);
    }
    break;
  case TokenSums::Scaled:
    scalars.scaledSum[0] = sum(0, kb.f32());
    for (int stretch = 1; stretch < traits.stretches(); ++stretch)
      scalars.scaledSum[0] = kb.addF(scalars.scaledSum[0], sum(stretch, kb.f32()));
    break;
  }
  return scalars;
}

TokenScales loadTokenScales(KernelBuilder &kb, const FormatTraits &traits,
                            const TokenAddresses &address) {
  ScalarScales scalars = loadScalarScales(kb, traits, address);
  TokenScales token;
  if (traits.stretches() == 1)
    token.neg8Address = address.neg8;
  token.neg8 = scalars.neg8;
  token.scale = makeTokenScale(kb, kb.splat(scalars.scale, kb.vecF32()));
  token.scaleOver16 = scaleOver16(kb, token.scale);
  for (int part = 0; part < traits.parts; ++part) {
    token.neg32[part] = scalars.neg32[part];
    if (traits.hasMinimum())
      token.scaledSum[part] = kb.splat(scalars.scaledSum[part], kb.vecF32());
  }
  return token;
}

TokenScales anotherStart(KernelBuilder &kb, const TokenScales &token) {
  TokenScales another = token;
  if (kb.facts.sveBits() && token.neg8Address)
    another.neg8 = kb.loadAgain(kb.i32(), token.neg8Address, 4);
  return another;
}

Value startFrom(KernelBuilder &kb, const FormatTraits &traits, const TokenScales &token, int part,
                int zero) {
  if (zero == 0)
    return Value();
  if (traits.parts == 2) {
    // neg32 is a sum times 32, and fits 17 bits.
    return zero % 32 == 0 ? kb.mul(token.neg32[part], zero / 32)
                          : kb.ashr(kb.mul(token.neg32[part], zero), 5);
  }
  assert(zero % 8 == 0 && "neg8 is a sum times 8");
  return kb.mul(token.neg8, zero / 8);
}

Value scaleRoundedSum(KernelBuilder &kb, Value ints, const TokenScale &scale) {
  Value offset = scale.offsetAddress ? kb.loadAgain(scale.value.getType(), scale.offsetAddress,
                                                    kb.facts.vectorBytes)
                                     : scale.offset;
  return kb.fma(kb.bitcast(ints, scale.value.getType()), scale.value, offset);
}

Value accumulateScaled(KernelBuilder &kb, Value acc, Value scaled, Value rowScale) {
  return rowScale ? kb.fmuladd(scaled, rowScale, acc) : kb.addF(acc, scaled);
}

Value accumulateMinimum(KernelBuilder &kb, const FormatTraits &traits, Value acc, Value scaledSum,
                        Value minimum) {
  return traits.minimaSubtracted() ? kb.fmulsub(scaledSum, minimum, acc)
                                   : kb.fmuladd(scaledSum, minimum, acc);
}

ByteFloats::ByteFloats(KernelBuilder &kb) : kb(kb) {
  const int bytes = kb.facts.vectorBytes;
  magic = kb.stackBuffer(bytes);
  kb.store(kb.constant(kb.vecI32(), 0x47000000), magic, bytes); // 2^15
  Value where = kb.stackBuffer(bytes);
  for (int i = 0; i < 4; ++i) {
    // Byte 4*i + lane is the second; the others are out of range: magic's own stay.
    for (int lane = 0; lane < kb.facts.lanes(); ++lane)
      kb.store(kb.constant(kb.i32(), 0xffff00ff | (4 * i + lane) << 8), kb.at(where, 4 * lane), 4);
    indices[i] = kb.loadAgain(kb.vecI8(), where, bytes);
  }
}

Value ByteFloats::aboveTwo15(Value bytes, int first) {
  Value start = kb.loadAgain(kb.vecI8(), magic, kb.facts.vectorBytes);
  Value bits =
      kb.intrinsic("llvm.aarch64.neon.tbx1", kb.vecI8(), {start, bytes, indices[first / 4]});
  return kb.bitcast(bits, kb.vecF32());
}

Value RowScales::halves(int64_t offset, int vector) {
  return kb.loadHalves(kb.at(blockAddress, offset + vector * kb.facts.vectorBytes / 2));
}

Value RowScales::partBytes(int line, int vector, bool isSigned) {
  int64_t offset = line * kPanelRows + vector * kb.facts.lanes();
  Value bytes = kb.load(kb.vec(kb.facts.lanes(), kb.i8()), kb.at(parts, offset), 4);
  return isSigned ? kb.sext(bytes, kb.vecI32()) : kb.zext(bytes, kb.vecI32());
}

/// half * the integer, exactly.
Value RowScales::scaled(Value half, int line, int vector, bool isSigned) {
  if (!floats)
    return kb.mulF(half, kb.toF32(partBytes(line, vector, isSigned)));
  // One lookup makes the float 2^15 + byte of each row, and one fused operation
  // takes the surplus of the product away: half * 2^15 is exact, and so is half *
  // (2^15 + 128). It stays in memory.
  const int inRegister = vector * kb.facts.lanes();
  Value sixteen = kb.load(kb.vecI8(), kb.at(parts, line * kPanelRows + inRegister / 16 * 16), 16);
  if (isSigned)
    sixteen = kb.bitXor(sixteen, 0x80);
  Value number = floats->aboveTwo15(sixteen, inRegister % 16);
  const double surplus = 0x1p15 + (isSigned ? 128 : 0);
  return kb.fma(number, half, kb.mulF(half, kb.constantF(kb.vecF32(), -surplus)));
}

Value RowScales::scale(int vector) {
  if (traits.scale == ScaleKind::Row)
    return Value();
  if (traits.scale == ScaleKind::PowerOfTwo)
    return kb.loadHalfPowers(kb.at(blockAddress, block.scaleOffset + vector * kb.facts.lanes()));
  Value half = halves(block.scaleOffset, vector);
  if (traits.scale != ScaleKind::Super || traits.parts == 2)
    return half;
  return scaled(half, 0, vector, /*isSigned=*/!traits.hasMinimum());
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
  if (traits.minimum == MinimumKind::Super)
    return scaled(half, traits.parts + part, vector, /*isSigned=*/false);
  return kb.mulF(half, kb.toF32(kb.lshr(partBytes(part, vector, /*isSigned=*/false), 4)));
}

} // namespace qwenc
