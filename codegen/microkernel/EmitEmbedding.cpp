//===- codegen/microkernel/EmitEmbedding.cpp - rows of the token table ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table is packed in panels of 32 rows like every other weight, because a
// tied output head multiplies with it. A row is gathered 4 k at a time: few
// rows a step make this cheap, whatever the vectors.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/EmitEmbedding.h"
#include "codegen/microkernel/KernelBuilder.h"
#include "codegen/microkernel/WeightCodes.h"
#include "ir/kernels/KernelName.h"
#include "ir/kernels/PackedLayout.h"

using namespace mlir;

namespace qwenc {
namespace {

class EmbeddingRow {
public:
  EmbeddingRow(KernelBuilder &kb, WeightFormat format)
      : kb(kb), format(format), traits(formatTraits(format)), block(packedBlock(format)) {}

  /// Decodes row `row` (i64, 0 .. 31) of a panel to `out`, `k` values.
  void emit(Value panel, Value row, Value k, Value out);

private:
  KernelBuilder &kb;
  WeightFormat format;
  const FormatTraits &traits;
  PackedBlock block;
  Value header;   // of the panel
  Value lane;     // row % 16
  Value highHalf; // i1: row >= 16

  Value codes(Value quants, int quad);
  Value valuesOf(Value word);
  Value scale(Value blockAddress, Value parts, Value row, int part);
  Value minimum(Value blockAddress, Value parts, Value row, int part);
  void group(Value blockAddress, Value parts, Value quants, Value row, Value out);
  void oneValue(Value address, Value row, Value out);

  Value splat4(Value scalar) { return kb.splat(scalar, kb.vec(4, kb.f32())); }
  Value part(Value parts, Value row, int line) {
    return kb.load(kb.i8(), kb.at(kb.at(parts, row), line * kPanelRows), 1);
  }
};

/// The row's four integers of a quad as unsigned bytes of a word.
Value EmbeddingRow::codes(Value quants, int quad) {
  Value word = kb.constant(kb.i32(), 0);
  for (int plane = 0, first = 0; plane < traits.planes(); first += traits.planeBits(plane++)) {
    const int bits = traits.planeBits(plane);
    PlanePosition low = planePosition(traits, plane, quad, 0);
    PlanePosition high = planePosition(traits, plane, quad, 1);
    Value address = kb.at(kb.at(quants, kb.shl(lane, 2)), low.offset);
    if (high.offset != low.offset)
      address = kb.at(address,
                      kb.select(highHalf, kb.constI64(high.offset - low.offset), kb.constI64(0)));
    Value raw = kb.load(kb.i32(), address, 4);
    if (high.shift != low.shift)
      raw = kb.select(highHalf, kb.lshr(raw, high.shift), kb.lshr(raw, low.shift));
    Value field = kb.bitAnd(raw, ((int64_t(1) << bits) - 1) * 0x01010101);
    word = kb.bitOr(word, kb.shl(field, first));
  }
  return word;
}

/// What the codes stand for, unscaled, in fp32.
Value EmbeddingRow::valuesOf(Value word) {
  const bool arm = kb.facts.arch == KernelArch::AArch64;
  VectorType four = kb.vec(4, kb.i32());
  auto bytes = [&](Value word) { return kb.bitcast(word, kb.vec(4, kb.i8())); };
  if (traits.table) {
    Value indices = kb.bitcast(kb.splat(word, kb.vecI32()), kb.vecI8());
    int8_t table[16];
    std::copy_n(traits.table, 16, table);
    SmallVector<int32_t> first{0, 1, 2, 3};
    return kb.toF32(kb.sext(kb.shuffle(kb.tableLookup(table, indices), first), four));
  }
  if (highNibblesSigned(traits, kb.facts.arch))
    word = kb.bitXor(
        word, kb.select(highHalf, kb.constant(kb.i32(), 0x08080808), kb.constant(kb.i32(), 0)));
  if (traits.lowBits == 8 && arm)
    word = kb.bitXor(word, 0x80808080);
  return kb.toF32(kb.sub(kb.zext(bytes(word), four), kb.constant(four, traits.zeroPoint)));
}

Value EmbeddingRow::scale(Value blockAddress, Value parts, Value row, int index) {
  const bool ofRow = traits.scale == ScaleKind::Row;
  Value address = kb.at(ofRow ? header : blockAddress, block.scaleOffset);
  if (traits.scale == ScaleKind::PowerOfTwo)
    return kb.halfPowers(kb.zext(kb.load(kb.i8(), kb.at(address, row), 1), kb.i32()));
  Value half = kb.loadHalf(kb.at(address, kb.shl(row, 1)));
  if (traits.scale == ScaleKind::Half || ofRow)
    return half;
  Value integer = part(parts, row, index);
  integer = traits.minimum == MinimumKind::SuperNibble ? kb.bitAnd(kb.zext(integer, kb.i32()), 15)
                                                       : kb.sext(integer, kb.i32());
  return kb.mulF(half, kb.toF32(integer));
}

/// What is added.
Value EmbeddingRow::minimum(Value blockAddress, Value parts, Value row, int index) {
  Value half = kb.loadHalf(kb.at(kb.at(blockAddress, block.minOffset), kb.shl(row, 1)));
  if (traits.minimum == MinimumKind::Half)
    return half;
  const bool nibble = traits.minimum == MinimumKind::SuperNibble;
  Value integer = kb.zext(part(parts, row, nibble ? index : traits.parts + index), kb.i32());
  if (nibble)
    integer = kb.lshr(integer, 4);
  return kb.mulF(half, kb.toF32(kb.sub(kb.constant(kb.i32(), 0), integer)));
}

void EmbeddingRow::group(Value blockAddress, Value parts, Value quants, Value row, Value out) {
  for (int index = 0; index < traits.parts; ++index) {
    Value factor = splat4(scale(blockAddress, parts, row, index)), addend;
    if (traits.hasMinimum())
      addend = splat4(minimum(blockAddress, parts, row, index));
    const int quads = 8 / traits.parts;
    for (int quad = quads * index; quad < quads * (index + 1); ++quad) {
      Value values = kb.mulF(valuesOf(codes(quants, quad)), factor);
      if (addend)
        values = kb.addF(values, addend);
      kb.store(values, kb.at(out, 16 * quad), 4);
    }
  }
}

void EmbeddingRow::oneValue(Value address, Value row, Value out) {
  Value element = kb.at(address, kb.mul(row, block.bytes / kPanelRows));
  Value value;
  if (format == WeightFormat::F32)
    value = kb.load(kb.f32(), element, 4);
  else if (format == WeightFormat::F16)
    value = kb.loadHalf(element);
  else
    value = kb.bitcast(kb.shl(kb.zext(kb.load(kb.i16(), element, 2), kb.i32()), 16), kb.f32());
  kb.store(value, out, 4);
}

void EmbeddingRow::emit(Value panel, Value row, Value k, Value out) {
  header = panel;
  lane = kb.bitAnd(row, 15);
  highHalf = kb.less(kb.constI64(15), row);
  kb.loop(kb.constI64(0), kb.divU(k, block.blockK), 1, [&](Value index) {
    Value address = kb.at(kb.at(panel, block.headerBytes), kb.mul(index, block.bytes));
    Value target = kb.at(out, kb.mul(index, 4 * block.blockK));
    if (traits.isFloat())
      return oneValue(address, row, target);
    kb.loop(kb.constI64(0), kb.constI64(block.blockK / kActivationGroup), 1, [&](Value i) {
      group(address, kb.at(kb.at(address, block.partsOffset), kb.mul(i, block.partsStride)),
            kb.at(kb.at(address, block.quantsOffset), kb.mul(i, block.quantsStride)), row,
            kb.at(target, kb.mul(i, 4 * kActivationGroup)));
    });
  });
}

} // namespace

llvm::Expected<LLVM::LLVMFuncOp> emitEmbedding(OpBuilder &builder, ModuleOp module, KernelClass cls,
                                               WeightFormat format) {
  std::string name = embeddingKernelName(cls, format);
  if (auto existing = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return existing;

  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  Location loc = NameLoc::get(builder.getStringAttr(name));
  KernelBuilder kb(builder, loc, kernelFacts(cls));
  SmallVector<Type> types(3, kb.ptr());
  types.append(4, kb.i64());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()), types);
  auto function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
  kb.setVectorLength(function);
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  Value weights = entry->getArgument(0), tokens = entry->getArgument(1),
        out = entry->getArgument(2), k = entry->getArgument(5), stride = entry->getArgument(6);

  const PackedBlock block = packedBlock(format);
  Value bytes = panelBytes(kb, block, k);
  EmbeddingRow embedding(kb, format);
  kb.loop(entry->getArgument(3), entry->getArgument(4), 1, [&](Value i) {
    Value token = kb.zext(kb.load(kb.i32(), kb.at(tokens, kb.shl(i, 2)), 4), kb.i64());
    Value panel = kb.at(weights, kb.mul(kb.divU(token, kPanelRows), bytes));
    embedding.emit(panel, kb.bitAnd(token, kPanelRows - 1), k,
                   kb.at(out, kb.shl(kb.mul(i, stride), 2)));
  });
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  return function;
}

} // namespace qwenc
