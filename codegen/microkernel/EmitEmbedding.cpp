//===- codegen/microkernel/EmitEmbedding.cpp - rows of the token table ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table is packed in panels of 32 rows like every other weight, because a
// tied output head multiplies with it. A row is gathered 4 k at a time: few
// rows a step make this cheap, whatever the vectors.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/EmitEmbedding.h"
#include "codegen/microkernel/KernelBuilder.h"
#include "ir/kernels/KernelName.h"
#include "ir/kernels/PackedLayout.h"

using namespace mlir;

namespace qwenc {
namespace {

class EmbeddingRow {
public:
  EmbeddingRow(KernelBuilder &kb, WeightFormat format)
      : kb(kb), format(format), block(packedBlock(format)) {}

  /// Decodes row `row` (i64, 0 .. 31) of a panel to `out`, `k` values.
  void emit(Value panel, Value row, Value k, Value out);

private:
  KernelBuilder &kb;
  WeightFormat format;
  PackedBlock block;
  Value lane;     // row % 16
  Value highHalf; // i1: row >= 16

  Value loadWord(Value address, int64_t offset) {
    return kb.load(kb.i32(), kb.at(address, offset), 4);
  }
  /// The row's nibble of each of a word's 4 bytes, as stored.
  Value nibbleWord(Value raw) {
    return kb.bitAnd(kb.select(highHalf, kb.lshr(raw, 4), raw), 0x0f0f0f0f);
  }
  /// Four bytes as int32 minus `zeroPoint`, in fp32.
  Value bytesToF32(Value word, int zeroPoint, bool isSigned) {
    VectorType ints = kb.vec(4, kb.i32());
    Value bytes = kb.bitcast(word, kb.vec(4, kb.i8()));
    Value wide = isSigned ? kb.sext(bytes, ints) : kb.zext(bytes, ints);
    return kb.toF32(kb.sub(wide, kb.constant(ints, zeroPoint)));
  }
  Value splat4(Value scalar) { return kb.splat(scalar, kb.vec(4, kb.f32())); }
  void group32(Value address, Value row, Value out);
  void block256(Value address, Value row, Value out);
  void oneValue(Value address, Value row, Value out);
};

void EmbeddingRow::group32(Value address, Value row, Value out) {
  const bool arm = kb.facts.arch == KernelArch::AArch64;
  Value half = kb.at(address, kb.shl(row, 1));
  Value scale = splat4(kb.loadHalf(kb.at(half, block.scaleOffset)));
  Value minimum;
  if (format == WeightFormat::Q4_1)
    minimum = splat4(kb.loadHalf(kb.at(half, block.minOffset)));
  Value word = kb.at(kb.at(address, block.quantsOffset), kb.shl(lane, 2));
  // AArch64 stores upper nibbles in two's complement.
  Value highFlip =
      kb.select(highHalf, kb.constant(kb.i32(), arm ? 0x08080808 : 0), kb.constant(kb.i32(), 0));
  for (int quad = 0; quad < 8; ++quad) {
    Value values;
    if (format == WeightFormat::Q8_0) {
      Value wordOfHalf = kb.at(word, kb.select(highHalf, kb.constI64(64), kb.constI64(0)));
      values = bytesToF32(loadWord(wordOfHalf, 128 * quad), arm ? 0 : 128, arm);
    } else {
      Value nibbles = nibbleWord(loadWord(word, 64 * quad));
      nibbles = kb.bitXor(nibbles, highFlip);
      values = bytesToF32(nibbles, format == WeightFormat::Q4_0 ? 8 : 0, false);
    }
    values = kb.mulF(values, scale);
    if (minimum)
      values = kb.addF(values, minimum);
    kb.store(values, kb.at(out, 16 * quad), 4);
  }
}

void EmbeddingRow::block256(Value address, Value row, Value out) {
  Value superScale = kb.loadHalf(kb.at(address, kb.shl(row, 1)));
  Value first = kb.at(address, block.quantsOffset);
  kb.loop(kb.constI64(0), kb.constI64(8), 1, [&](Value sub) {
    Value source = kb.at(first, kb.mul(sub, kQ6KSubBlockBytes));
    Value target = kb.at(out, kb.shl(sub, 7));
    Value word = kb.at(source, kb.shl(lane, 2));
    for (int quad = 0; quad < 8; ++quad) {
      Value part = kb.at(kb.at(source, row), quad < 4 ? 0 : 32);
      Value scale = kb.toF32(kb.sext(kb.load(kb.i8(), part, 1), kb.i32()));
      Value nibbles = nibbleWord(loadWord(word, q6kNibbleOffset(quad)));
      Value upper = loadWord(word, q6kTwoBitOffset(quad));
      if (quad % 2)
        upper = kb.lshr(upper, 4);
      upper = kb.bitAnd(kb.select(highHalf, kb.lshr(upper, 2), upper), 0x03030303);
      Value values = bytesToF32(kb.bitOr(nibbles, kb.shl(upper, 4)), 32, false);
      kb.store(kb.mulF(splat4(kb.mulF(superScale, scale)), values), kb.at(target, 16 * quad), 4);
    }
  });
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
  lane = kb.bitAnd(row, 15);
  highHalf = kb.less(kb.constI64(15), row);
  kb.loop(kb.constI64(0), kb.divU(k, block.blockK), 1, [&](Value index) {
    Value address = kb.at(panel, kb.mul(index, block.bytes));
    Value target = kb.at(out, kb.mul(index, 4 * block.blockK));
    if (isFloatFormat(format))
      oneValue(address, row, target);
    else if (format == WeightFormat::Q6_K)
      block256(address, row, target);
    else
      group32(address, row, target);
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
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  Value weights = entry->getArgument(0), tokens = entry->getArgument(1),
        out = entry->getArgument(2), k = entry->getArgument(5), stride = entry->getArgument(6);

  const PackedBlock block = packedBlock(format);
  Value panelBytes = kb.mul(kb.divU(k, block.blockK), block.bytes);
  EmbeddingRow embedding(kb, format);
  kb.loop(entry->getArgument(3), entry->getArgument(4), 1, [&](Value i) {
    Value token = kb.zext(kb.load(kb.i32(), kb.at(tokens, kb.shl(i, 2)), 4), kb.i64());
    Value panel = kb.at(weights, kb.mul(kb.divU(token, kPanelRows), panelBytes));
    embedding.emit(panel, kb.bitAnd(token, kPanelRows - 1), k,
                   kb.at(out, kb.shl(kb.mul(i, stride), 2)));
  });
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  return function;
}

} // namespace qwenc
