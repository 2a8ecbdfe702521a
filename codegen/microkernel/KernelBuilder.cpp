//===- codegen/microkernel/KernelBuilder.cpp - short names for emission ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace qwenc {

void KernelBuilder::setVectorLength(LLVM::LLVMFuncOp function) {
  if (facts.sveBits() == 0)
    return;
  auto scale = builder.getI32IntegerAttr(facts.sveBits() / 128);
  function.setVscaleRangeAttr(LLVM::VScaleRangeAttr::get(builder.getContext(), scale, scale));
}

Type KernelBuilder::ptr() { return LLVM::LLVMPointerType::get(builder.getContext()); }

VectorType KernelBuilder::vec(int count, Type element) { return VectorType::get({count}, element); }

Value KernelBuilder::constI64(int64_t value) { return constant(i64(), value); }

Value KernelBuilder::constant(Type type, int64_t value) {
  Type element = getElementTypeOrSelf(type);
  APInt bits(element.getIntOrFloatBitWidth(), static_cast<uint64_t>(value), /*isSigned=*/true,
             /*implicitTrunc=*/true);
  TypedAttr attr = builder.getIntegerAttr(element, bits);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, bits);
  return arith::ConstantOp::create(builder, loc, attr);
}

Value KernelBuilder::constantF(Type type, double value) {
  TypedAttr attr = builder.getF32FloatAttr(static_cast<float>(value));
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, static_cast<float>(value));
  return arith::ConstantOp::create(builder, loc, attr);
}

Value KernelBuilder::at(Value base, Value offset) {
  return LLVM::GEPOp::create(builder, loc, ptr(), i8(), base, ValueRange{offset},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value KernelBuilder::at(Value base, int64_t offset) {
  if (offset == 0)
    return base;
  return LLVM::GEPOp::create(builder, loc, ptr(), i8(), base,
                             ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value KernelBuilder::load(Type type, Value address, unsigned align) {
  return LLVM::LoadOp::create(builder, loc, type, address, align);
}

Value KernelBuilder::loadAgain(Type type, Value address, unsigned align) {
  return LLVM::LoadOp::create(builder, loc, type, address, align, /*isVolatile=*/true);
}

void KernelBuilder::store(Value value, Value address, unsigned align) {
  LLVM::StoreOp::create(builder, loc, value, address, align);
}

Value KernelBuilder::stackBuffer(int64_t bytes) {
  return LLVM::AllocaOp::create(builder, loc, ptr(), i8(), constI64(bytes), 64);
}

/// The value by way of an empty piece of assembly, a register of `constraint`.
static Value throughAssembly(KernelBuilder &kb, Value value, StringRef constraint) {
  return LLVM::InlineAsmOp::create(kb.builder, kb.loc, value.getType(), ValueRange{value},
                                   /*asm_string=*/"", "=" + constraint.str() + ",0",
                                   /*has_side_effects=*/false, /*is_align_stack=*/false,
                                   LLVM::tailcallkind::TailCallKind::None, /*asm_dialect=*/nullptr,
                                   /*operand_attrs=*/nullptr)
      .getResult(0);
}

Value KernelBuilder::base(Value address) {
  return facts.sveBits() || facts.loadsBelow() ? throughAssembly(*this, address, "r") : address;
}

Value KernelBuilder::settled(Value vector) {
  assert(facts.arch == KernelArch::AArch64 && "a register of NEON");
  return throughAssembly(*this, vector, "w");
}

void KernelBuilder::prefetch(Value address) {
  LLVM::Prefetch::create(builder, loc, address, /*rw=*/0, /*hint=*/3, /*cache=*/1);
}

void KernelBuilder::prefetchStream(Value address, int64_t bytes, int level) {
  constexpr int64_t line = 64;
  const int locality = level == 2 ? 2 : 0; // prefetcht1, prefetchnta
  for (int64_t offset = 0; offset < bytes; offset += line)
    LLVM::Prefetch::create(builder, loc, at(address, offset), /*rw=*/0, locality, /*cache=*/1);
}

Value KernelBuilder::add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
Value KernelBuilder::sub(Value a, Value b) { return arith::SubIOp::create(builder, loc, a, b); }
Value KernelBuilder::mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }
Value KernelBuilder::mul(Value a, int64_t b) {
  return b == 1 ? a : mul(a, constant(a.getType(), b));
}
Value KernelBuilder::divU(Value a, int64_t b) {
  return arith::DivUIOp::create(builder, loc, a, constant(a.getType(), b));
}
Value KernelBuilder::bitAnd(Value a, int64_t mask) {
  Value bits =
      facts.sveBits() && a.getType() == vecI8() ? sveByteMask(mask) : constant(a.getType(), mask);
  return arith::AndIOp::create(builder, loc, a, bits);
}
Value KernelBuilder::bitOr(Value a, Value b) { return arith::OrIOp::create(builder, loc, a, b); }
Value KernelBuilder::bitXor(Value a, int64_t mask) {
  return arith::XOrIOp::create(builder, loc, a, constant(a.getType(), mask));
}
Value KernelBuilder::bitXor(Value a, Value b) { return arith::XOrIOp::create(builder, loc, a, b); }
Value KernelBuilder::shl(Value a, int64_t count) {
  return arith::ShLIOp::create(builder, loc, a, constant(a.getType(), count));
}
Value KernelBuilder::lshr(Value a, int64_t count) {
  return arith::ShRUIOp::create(builder, loc, a, constant(a.getType(), count));
}
Value KernelBuilder::ashr(Value a, int64_t count) {
  return arith::ShRSIOp::create(builder, loc, a, constant(a.getType(), count));
}
Value KernelBuilder::minS(Value a, Value b) { return arith::MinSIOp::create(builder, loc, a, b); }
Value KernelBuilder::less(Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
}
Value KernelBuilder::equal(Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
}
Value KernelBuilder::testBits(Value a, int64_t mask) {
  Value any = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, bitAnd(a, mask),
                                    constant(a.getType(), 0));
  return sext(any, a.getType());
}
Value KernelBuilder::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

Value KernelBuilder::addF(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
Value KernelBuilder::mulF(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
Value KernelBuilder::fmulsub(Value a, Value b, Value c) {
  if (facts.sveBits() && c.getType() == vecF32())
    return sve("llvm.aarch64.sve.fmls", vecF32(), {firstLanes(facts.lanes()), c, a, b});
  return fmuladd(a, arith::NegFOp::create(builder, loc, b), c);
}
Value KernelBuilder::fmuladd(Value a, Value b, Value c) {
  if (facts.sveBits() && c.getType() == vecF32()) {
    // LLVM's own fma may end in another register than c's, at the price of a move.
    // It does not know this one to be the same for all lanes.
    return sve("llvm.aarch64.sve.fmla", vecF32(), {firstLanes(facts.lanes()), c, a, b});
  }
  return LLVM::FMulAddOp::create(builder, loc, a, b, c);
}
Value KernelBuilder::fma(Value a, Value b, Value c) {
  return LLVM::FMAOp::create(builder, loc, a, b, c);
}

Value KernelBuilder::toF32(Value ints) {
  Type type = f32();
  if (auto vector = dyn_cast<VectorType>(ints.getType()))
    type = vector.clone(f32());
  return arith::SIToFPOp::create(builder, loc, type, ints);
}

Value KernelBuilder::splat(Value scalar, VectorType type) {
  return vector::BroadcastOp::create(builder, loc, type, scalar);
}

Value KernelBuilder::bitcast(Value value, Type type) {
  return value.getType() == type ? value : LLVM::BitcastOp::create(builder, loc, type, value);
}

Value KernelBuilder::shuffle(Value a, ArrayRef<int32_t> lanes) { return shuffle(a, a, lanes); }

Value KernelBuilder::shuffle(Value a, Value b, ArrayRef<int32_t> lanes) {
  return LLVM::ShuffleVectorOp::create(builder, loc, a, b, lanes);
}

Value KernelBuilder::shuffle64(Value a, Value b, llvm::function_ref<int(int)> lane) {
  VectorType words = vec(facts.vectorBytes / 8, i64());
  SmallVector<int32_t> lanes;
  for (int i = 0; i < words.getNumElements(); ++i)
    lanes.push_back(lane(i));
  return bitcast(shuffle(bitcast(a, words), bitcast(b, words), lanes), a.getType());
}

Value KernelBuilder::zip64(Value a, Value b, int half) {
  int count = facts.vectorBytes / 8;
  return shuffle64(a, b, [&](int i) { return half * count / 2 + i / 2 + i % 2 * count; });
}

Value KernelBuilder::unzip64(Value a, Value b, int odd) {
  return shuffle64(a, b, [&](int i) { return 2 * i + odd; });
}

Value KernelBuilder::transpose64(Value a, Value b, int odd) {
  int count = facts.vectorBytes / 8;
  return shuffle64(a, b, [&](int i) { return i / 2 * 2 + odd + i % 2 * count; });
}

Value KernelBuilder::intrinsic(StringRef name, Type result, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(builder, loc, result, builder.getStringAttr(name), operands)
      .getResult(0);
}

Value KernelBuilder::tableLookup(const int8_t (&table)[16], Value indices) {
  const int bytes = facts.vectorBytes;
  SmallVector<int8_t> entries;
  for (int i = 0; i < bytes; ++i)
    entries.push_back(table[i % 16]); // x86 looks up inside of each 128 bits
  Value values =
      arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(vecI8(), ArrayRef(entries)));
  if (facts.sveBits())
    return sve("llvm.aarch64.sve.tbl", vecI8(), {values, indices});
  if (facts.arch == KernelArch::AArch64)
    return intrinsic("llvm.aarch64.neon.tbl1", vecI8(), {values, indices});
  StringRef name = bytes == 64   ? "llvm.x86.avx512.pshuf.b.512"
                   : bytes == 32 ? "llvm.x86.avx2.pshuf.b"
                                 : "llvm.x86.ssse3.pshuf.b.128";
  return intrinsic(name, vecI8(), {values, indices});
}

Value KernelBuilder::sumBytes(Value bytes) {
  if (facts.arch == KernelArch::AArch64) // the sum is the lower half
    return sext(trunc(intrinsic("llvm.aarch64.neon.saddlv", i32(), bytes), i16()), i32());
  Value wide = sext(bytes, cast<VectorType>(bytes.getType()).clone(i32()));
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::ADD, wide);
}

/// The type of a whole register of `type`'s elements.
static VectorType scalableType(VectorType type) {
  int64_t count = 128 / type.getElementTypeBitWidth();
  return VectorType::get({count}, type.getElementType(), /*scalableDims=*/{true});
}

Value KernelBuilder::sve(StringRef name, VectorType result, ValueRange operands) {
  Value zero = constI64(0);
  Values whole;
  for (Value operand : operands) {
    auto type = dyn_cast<VectorType>(operand.getType());
    if (type && !type.isScalable()) {
      VectorType scalable = scalableType(type);
      Value undefined = LLVM::PoisonOp::create(builder, loc, scalable);
      operand = intrinsic("llvm.vector.insert", scalable, {undefined, operand, zero});
    }
    whole.push_back(operand);
  }
  return intrinsic("llvm.vector.extract", result,
                   {intrinsic(name, scalableType(result), whole), zero});
}

Value KernelBuilder::firstLanes(int count) {
  const int pattern = 5 + llvm::Log2_32(count); // ptrue's number for 8, 16, 32 and 64
  auto type = VectorType::get({16 / (facts.vectorBytes / count)}, builder.getI1Type(),
                              /*scalableDims=*/{true});
  return intrinsic("llvm.aarch64.sve.ptrue", type, constant(i32(), pattern));
}

Value KernelBuilder::sveByteMask(int64_t mask) {
  Value lanes = firstLanes(facts.vectorBytes);
  return sve("llvm.aarch64.sve.dup", vecI8(), {constant(vecI8(), 0), lanes, constant(i8(), mask)});
}

Value KernelBuilder::loadReplicated(Value address) {
  if (!facts.sveBits())
    return load(vecI8(), address, 16);
  VectorType bytes = scalableType(vecI8());
  Value all = constant(VectorType::get(bytes.getShape(), builder.getI1Type(), {true}), 1);
  Value sixteen = intrinsic("llvm.aarch64.sve.ld1rq", bytes, {all, address});
  return intrinsic("llvm.vector.extract", vecI8(), {sixteen, constI64(0)});
}

Value KernelBuilder::sext(Value value, Type type) {
  return arith::ExtSIOp::create(builder, loc, type, value);
}
Value KernelBuilder::zext(Value value, Type type) {
  return arith::ExtUIOp::create(builder, loc, type, value);
}
Value KernelBuilder::trunc(Value value, Type type) {
  return arith::TruncIOp::create(builder, loc, type, value);
}

Value KernelBuilder::loadHalves(Value address) {
  if (facts.half == HalfConversion::Integer)
    return halfBitsToF32(zext(load(vec(facts.lanes(), i16()), address, 2), vecI32()));
  Value halves = load(vec(facts.lanes(), builder.getF16Type()), address, 2);
  return arith::ExtFOp::create(builder, loc, vecF32(), halves);
}

Value KernelBuilder::loadHalf(Value address) {
  return halfBitsToF32(zext(load(i16(), address, 2), i32()));
}

Value KernelBuilder::loadHalfPowers(Value address) {
  return halfPowers(zext(load(vec(facts.lanes(), i8()), address, 4), vecI32()));
}

Value KernelBuilder::halfPowers(Value exponents) {
  Type ints = exponents.getType(), floats = f32();
  if (auto vector = dyn_cast<VectorType>(ints))
    floats = vector.clone(f32());
  // Of normal numbers the exponent; those of 0 and 1 would be below it, where the
  // other term has one bit of the fraction for each.
  Value normal = sub(shl(exponents, 23), constant(ints, int64_t(1) << 23));
  Value subnormal = add(shl(exponents, 21), constant(ints, int64_t(1) << 21));
  return bitcast(arith::MaxSIOp::create(builder, loc, normal, subnormal), floats);
}

Value KernelBuilder::halfBitsToF32(Value bits) {
  Type ints = bits.getType(), floats = f32();
  if (auto vector = dyn_cast<VectorType>(ints))
    floats = vector.clone(f32());
  Value magnitude = bitAnd(bits, 0x7fff);
  Value sign = shl(bitAnd(bits, 0x8000), 16);
  Value shifted = shl(magnitude, 13);
  // Normal numbers move the exponent's bias from 15 to 127; infinity and NaN go
  // all the way to 255.
  Value normal = add(shifted, constant(ints, int64_t(112) << 23));
  Value special = add(shifted, constant(ints, int64_t(224) << 23));
  // Subnormals: 2^-14 * (1 + fraction) - 2^-14.
  Value one = add(shifted, constant(ints, int64_t(113) << 23));
  Value subnormal = bitcast(addF(bitcast(one, floats), constantF(floats, -0x1p-14)), ints);
  Value value = select(less(magnitude, constant(ints, 0x400)), subnormal,
                       select(less(constant(ints, 0x7bff), magnitude), special, normal));
  return bitcast(bitOr(value, sign), floats);
}

Values KernelBuilder::loop(Value lower, Value upper, int64_t step, ValueRange carried,
                           llvm::function_ref<Values(Value, ValueRange)> body, int unroll) {
  auto forOp = scf::ForOp::create(builder, loc, lower, upper, constI64(step), carried,
                                  [&](OpBuilder &, Location, Value index, ValueRange values) {
                                    scf::YieldOp::create(builder, loc, body(index, values));
                                  });
  if (unroll) {
    MLIRContext *context = builder.getContext();
    BoolAttr disable = builder.getBoolAttr(unroll == 1);
    IntegerAttr count = unroll == 1 ? IntegerAttr() : builder.getI32IntegerAttr(unroll);
    auto attr = LLVM::LoopUnrollAttr::get(context, disable, count, {}, {}, {}, {}, {});
    auto annotation = LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, attr, {}, {}, {}, {}, {},
                                                    {}, {}, {}, {}, {}, {});
    forOp->setAttr("loop_annotation", annotation);
  }
  return Values(forOp.getResults());
}

void KernelBuilder::loop(Value lower, Value upper, int64_t step,
                         llvm::function_ref<void(Value)> body) {
  loop(lower, upper, step, {}, [&](Value index, ValueRange) {
    body(index);
    return Values();
  });
}

void KernelBuilder::ifThen(Value condition, llvm::function_ref<void()> body) {
  scf::IfOp::create(builder, loc, condition, [&](OpBuilder &, Location) {
    body();
    scf::YieldOp::create(builder, loc);
  });
}

} // namespace qwenc
