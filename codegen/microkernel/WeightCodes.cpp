//===- codegen/microkernel/WeightCodes.cpp - packed integers to operands --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/WeightCodes.h"

using namespace mlir;

namespace qwenc {
namespace {

/// Bytes are biased by 128 where the dot product wants them unsigned.
bool biasedBytes(const KernelFacts &facts) { return facts.byteDot == DotKind::DotU8S8; }

/// What lookups and signed high nibbles leave of a format's zero point.
int codeZero(const KernelFacts &facts, const FormatTraits &traits, int half) {
  return traits.zeroPoint - (half && highNibblesSigned(traits, facts.arch) ? 8 : 0);
}

} // namespace

Value panelBytes(KernelBuilder &kb, const PackedBlock &block, Value k) {
  Value blocks = kb.mul(kb.divU(k, block.blockK), block.bytes);
  return block.headerBytes ? kb.add(blocks, kb.constI64(block.headerBytes)) : blocks;
}

RowPair splitNibbles(KernelBuilder &kb, const FormatTraits &traits, Value raw) {
  bool isSigned = highNibblesSigned(traits, kb.facts.arch);
  return {kb.bitAnd(raw, 0x0f), isSigned ? kb.ashr(raw, 4) : kb.lshr(raw, 4)};
}

RowPair lookUp(KernelBuilder &kb, const FormatTraits &traits, RowPair codes) {
  int8_t table[16];
  for (int i = 0; i < 16; ++i)
    table[i] =
        static_cast<int8_t>(biasedBytes(kb.facts) ? traits.table[i] ^ 0x80 : traits.table[i]);
  return {kb.tableLookup(table, codes.low), kb.tableLookup(table, codes.high)};
}

int operandZero(const KernelFacts &facts, const FormatTraits &traits, int half) {
  switch (traits.operand) {
  case OperandKind::Byte:
    return biasedBytes(facts) ? 128 : 0;
  case OperandKind::SixBit:
    return isDot4(facts.sixBitDot) ? codeZero(facts, traits, half) : 0;
  default:
    return codeZero(facts, traits, half);
  }
}

GroupCodes::GroupCodes(KernelBuilder &kb, WeightFormat format, Value quants, int vector)
    : kb(kb), traits(formatTraits(format)), block(packedBlock(format)), quants(quants),
      vector(vector) {}

Value GroupCodes::chunk(int plane, int half, int64_t offset) {
  Chunk &cached = chunks[plane][half];
  if (cached.offset != offset) {
    const int bytes = kb.facts.vectorBytes;
    Value address = kb.at(quants, offset + vector * bytes);
    cached = {offset, kb.load(kb.vecI8(), address, std::min<unsigned>(bytes, block.alignment()))};
  }
  return cached.bytes;
}

/// The plane's bits of an integer, in their place in it.
Value GroupCodes::field(int plane, int quad, int half) {
  const PlanePosition position = planePosition(traits, plane, quad, half);
  const int bits = traits.planeBits(plane);
  if (bits == 8)
    return chunk(plane, half, position.offset);
  Value raw = chunk(plane, 0, position.offset);
  if (plane == 0 && half == 1 && highNibblesSigned(traits, kb.facts.arch))
    return kb.ashr(raw, 4);
  const int first = plane == 0 ? 0 : traits.lowBits;
  const int down = position.shift - first;
  if (down > 0)
    raw = kb.lshr(raw, down);
  else if (down < 0)
    raw = kb.shl(raw, -down);
  bool alone = first == 0 && position.shift + bits == 8;
  return alone ? raw : kb.bitAnd(raw, ((int64_t(1) << bits) - 1) << first);
}

Value GroupCodes::operand(int quad, int half) {
  Value value = field(0, quad, half);
  if (traits.planes() == 2) {
    Value upper = field(1, quad, half);
    bool isSigned = half == 1 && highNibblesSigned(traits, kb.facts.arch);
    value = isSigned ? kb.add(value, upper) : kb.bitOr(value, upper);
  }
  // In int16 there is room for signed integers of six bits only.
  if (traits.operand == OperandKind::SixBit && !isDot4(kb.facts.sixBitDot))
    return kb.sub(value, kb.constant(kb.vecI8(), codeZero(kb.facts, traits, half)));
  // Bytes are stored unsigned on x86, signed on AArch64.
  if (traits.operand == OperandKind::Byte && !traits.table && kb.facts.arch == KernelArch::X86 &&
      !biasedBytes(kb.facts))
    return kb.bitXor(value, 0x80);
  return value;
}

RowPair GroupCodes::operands(int quad) {
  RowPair rows{operand(quad, 0), operand(quad, 1)};
  return traits.table ? lookUp(kb, traits, rows) : rows;
}

} // namespace qwenc
