//===- codegen/microkernel/DotStep.cpp - int8 dot products into int32 -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/DotStep.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;

namespace qwenc {

DotState DotStep::begin(Value start) {
  auto zero = [&](VectorType type) { return kb.constant(type, 0); };
  switch (kind) {
  case DotKind::DotU8S8:
  case DotKind::DotS8S8:
    return {{start ? kb.splat(start, kb.vecI32()) : zero(kb.vecI32())}};
  case DotKind::MaddNibble:
  case DotKind::MaddSigned6:
    // Two int16 lanes make a row's sum: half of the start in each.
    if (!start)
      return {{zero(kb.vecI16())}};
    return {{kb.splat(kb.trunc(kb.ashr(start, 1), kb.i16()), kb.vecI16())}};
  case DotKind::MaddFiveBit:
    return {{start ? kb.splat(start, kb.vecI32()) : zero(kb.vecI32()), zero(kb.vecI16())}};
  case DotKind::MaddSigned8:
    assert(!start && "signed weights have no zero point");
    return {{zero(kb.vecI32())}};
  case DotKind::SmlalNibble: {
    // Four int16 lanes make a row's sum.
    Value part =
        start ? kb.splat(kb.trunc(kb.ashr(start, 2), kb.i16()), kb.vecI16()) : zero(kb.vecI16());
    return {{part, part}};
  }
  case DotKind::SmlalFiveBit:
    return {{zero(kb.vecI16()), zero(kb.vecI16()),
             start ? kb.splat(start, kb.vecI32()) : zero(kb.vecI32())}};
  case DotKind::SmlalByte:
    assert(!start && "signed weights have no zero point");
    return {{zero(kb.vecI32()), zero(kb.vecI32())}};
  }
  llvm_unreachable("not a kind of dot product");
}

DotState DotStep::beginAtBits(Value start, int64_t bits) {
  if (!startsAsFloat(kind))
    return begin(start);
  if (!start && starts && bits == kRoundingBits)
    return {{kb.loadAgain(kb.vecI32(), starts, kb.facts.vectorBytes)}};
  if (!start)
    return {{kb.constant(kb.vecI32(), bits)}};
  return begin(kb.add(start, kb.constant(kb.i32(), bits)));
}

DotState DotStep::beginForF32(Value start) { return beginAtBits(start, kRoundingBits); }

DotState DotStep::beginRawForF32(Value start) {
  return beginAtBits(start, kRoundingBits + kSixteenthRoundingBits);
}

DotState DotStep::beginAboveForF32(Value start) {
  return beginAtBits(start, kSixteenthRoundingBits);
}

Value DotStep::scaled(Value ints, const TokenScale &scale) {
  if (!startsAsFloat(kind))
    return kb.mulF(kb.toF32(ints), scale.value);
  return scaleRoundedSum(kb, ints, scale);
}

DotWeight DotStep::weight(Value bytes) {
  if (kind == DotKind::MaddSigned6 || kind == DotKind::MaddSigned8) {
    Value magnitude = LLVM::AbsOp::create(kb.builder, kb.loc, bytes.getType(), bytes,
                                          /*is_int_min_poison=*/false);
    return {bytes, magnitude};
  }
  return {bytes, Value()};
}

void DotStep::step(DotState &state, const DotWeight &weight, const ActivationQuad &activations,
                   int index) {
  auto &parts = state.parts;
  Value quad = activations.bytes;
  switch (kind) {
  case DotKind::DotU8S8:
  case DotKind::DotS8S8:
    parts[0] = dot4(parts[0], weight.value, activations);
    return;
  case DotKind::MaddNibble:
    parts[0] = kb.add(parts[0], maddBytes(weight.value, quad));
    return;
  case DotKind::MaddFiveBit: {
    Value words = maddBytes(weight.value, quad);
    parts[1] = index % 4 == 0 ? words : kb.add(parts[1], words);
    if (index % 4 == 3)
      parts[0] = kb.add(parts[0], maddWords(parts[1]));
    return;
  }
  case DotKind::MaddSigned6:
    parts[0] = kb.add(parts[0], maddBytes(weight.magnitude, applySign(quad, weight.value)));
    return;
  case DotKind::MaddSigned8:
    parts[0] =
        kb.add(parts[0], maddWords(maddBytes(weight.magnitude, applySign(quad, weight.value))));
    return;
  case DotKind::SmlalNibble:
  case DotKind::SmlalFiveBit:
    for (int which : {0, 1})
      parts[which] = kb.add(parts[which], mulLong(weight.value, quad, which));
    return;
  case DotKind::SmlalByte:
    // Two products of at most 128 * 127 fit int16: an even step leaves its
    // products for the odd one.
    if (index % 2 == 0) {
      parts.append({mulLong(weight.value, quad, 0), mulLong(weight.value, quad, 1)});
      return;
    }
    for (int which : {0, 1}) {
      Value words = kb.add(parts[2 + which], mulLong(weight.value, quad, which));
      Value pairs = kb.intrinsic("llvm.aarch64.neon.saddlp", kb.vecI32(), words);
      parts[which] = kb.add(parts[which], pairs);
    }
    parts.resize(2);
    return;
  }
}

Value DotStep::finish(const DotState &state) {
  const auto &parts = state.parts;
  switch (kind) {
  case DotKind::MaddNibble:
  case DotKind::MaddSigned6:
    return maddWords(parts[0]);
  case DotKind::SmlalNibble: {
    // Pairs of k within a lane of int16 still fit it; the next sum does not.
    Value pairs = kb.intrinsic("llvm.aarch64.neon.addp", kb.vecI16(), {parts[0], parts[1]});
    return kb.intrinsic("llvm.aarch64.neon.saddlp", kb.vecI32(), pairs);
  }
  case DotKind::SmlalFiveBit: {
    Value pairs[2];
    for (int which : {0, 1})
      pairs[which] = kb.intrinsic("llvm.aarch64.neon.saddlp", kb.vecI32(), parts[which]);
    Value sums = kb.intrinsic("llvm.aarch64.neon.addp", kb.vecI32(), {pairs[0], pairs[1]});
    return kb.add(sums, parts[2]);
  }
  case DotKind::SmlalByte:
    return kb.intrinsic("llvm.aarch64.neon.addp", kb.vecI32(), {parts[0], parts[1]});
  default:
    return parts[0];
  }
}

Value DotStep::finishScaled(const DotState &state, Value pairs) {
  assert((kind == DotKind::MaddNibble || kind == DotKind::MaddSigned6) && "sums in int16");
  return maddWords(state.parts[0], kb.bitcast(pairs, kb.vecI16()));
}

Value DotStep::dot4(Value sum, Value weight, const ActivationQuad &quad) {
  if (kind == DotKind::DotS8S8 && kb.facts.sveBits() && !kb.facts.dotByElement)
    return kb.sve("llvm.aarch64.sve.sdot", kb.vecI32(), {sum, weight, quad.bytes});
  if (kind == DotKind::DotS8S8 && kb.facts.sveBits())
    return kb.sve("llvm.aarch64.sve.sdot.lane", kb.vecI32(),
                  {sum, weight, quad.bytes, kb.constant(kb.i32(), quad.element)});
  if (kind == DotKind::DotS8S8)
    return kb.intrinsic("llvm.aarch64.neon.sdot", sum.getType(), {sum, weight, quad.bytes});
  std::string name = "llvm.x86.avx512.vpdpbusd." + std::to_string(8 * kb.facts.vectorBytes);
  return kb.intrinsic(name, sum.getType(), {sum, weight, quad.bytes});
}

Value DotStep::maddBytes(Value unsignedBytes, Value signedBytes) {
  StringRef name =
      kb.facts.vectorBytes == 32 ? "llvm.x86.avx2.pmadd.ub.sw" : "llvm.x86.ssse3.pmadd.ub.sw.128";
  return kb.intrinsic(name, kb.vecI16(), {unsignedBytes, signedBytes});
}

Value DotStep::maddWords(Value words, Value factors) {
  if (!factors)
    factors = kb.constant(kb.vecI16(), 1);
  StringRef name = kb.facts.vectorBytes == 32 ? "llvm.x86.avx2.pmadd.wd" : "llvm.x86.sse2.pmadd.wd";
  return kb.intrinsic(name, kb.vecI32(), {words, factors});
}

Value DotStep::applySign(Value bytes, Value sign) {
  StringRef name =
      kb.facts.vectorBytes == 32 ? "llvm.x86.avx2.psign.b" : "llvm.x86.ssse3.psign.b.128";
  return kb.intrinsic(name, kb.vecI8(), {bytes, sign});
}

/// The lower or upper half of a vector's bytes.
Value DotStep::half(Value bytes, int which) {
  int count = kb.facts.vectorBytes / 2;
  SmallVector<int32_t> lanes =
      llvm::to_vector(llvm::seq<int32_t>(which * count, (which + 1) * count));
  return kb.shuffle(bytes, lanes);
}

Value DotStep::mulLong(Value weight, Value quad, int which) {
  return kb.intrinsic("llvm.aarch64.neon.smull", kb.vecI16(),
                      {half(weight, which), half(quad, which)});
}

ActivationGroup::ActivationGroup(KernelBuilder &kb, Value address) : kb(kb), address(address) {}

ActivationQuad ActivationGroup::quad(int index) {
  const bool isFirst = index / 4 != loaded;
  if (kb.facts.sveBits() && kb.facts.dotByElement) {
    if (isFirst)
      sixteen = kb.loadReplicated(kb.at(address, 16 * (index / 4)));
    loaded = index / 4;
    return {sixteen, index % 4};
  }
  if (kb.facts.arch == KernelArch::AArch64 && !kb.facts.sveBits()) {
    if (isFirst)
      sixteen = kb.load(kb.vec(4, kb.i32()), kb.at(address, 16 * (index / 4)), 16);
    loaded = index / 4;
    SmallVector<int32_t> lanes(kb.facts.lanes(), index % 4);
    return kb.bitcast(kb.shuffle(sixteen, lanes), kb.vecI8());
  }
  Value scalar = kb.load(kb.i32(), kb.at(address, 4 * index), 4);
  return kb.bitcast(kb.splat(scalar, kb.vecI32()), kb.vecI8());
}

} // namespace qwenc
