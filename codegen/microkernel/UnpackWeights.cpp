//===- codegen/microkernel/UnpackWeights.cpp - packed bytes to operands ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/UnpackWeights.h"
#include "codegen/microkernel/DotStep.h"
#include "ir/kernels/PackedLayout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace qwenc {

NibblePair splitNibbles(KernelBuilder &kb, Value raw) {
  bool highSigned = kb.facts.arch == KernelArch::AArch64;
  return {kb.bitAnd(raw, 0x0f), highSigned ? kb.ashr(raw, 4) : kb.lshr(raw, 4)};
}

NibbleStarts nibbleStarts(const KernelFacts &facts, WeightFormat format) {
  bool zeroPoint = format == WeightFormat::Q4_0; // stored q + 8
  if (facts.arch == KernelArch::X86)
    return zeroPoint ? NibbleStarts{1, 1, 17} : NibbleStarts{0, 0, 0};
  // The upper nibble is stored less 8, whatever it means.
  return zeroPoint ? NibbleStarts{1, 0, 1} : NibbleStarts{0, -1, -16};
}

int byteStart(const KernelFacts &facts) { return facts.byteDot == DotKind::DotU8S8 ? 16 : 0; }

int unpackedStart(const KernelFacts &facts, WeightFormat format) {
  if (format == WeightFormat::Q8_0)
    return byteStart(facts);
  return format == WeightFormat::Q4_0 && facts.arch == KernelArch::X86 ? 1 : 0;
}

Value byteOperand(KernelBuilder &kb, Value stored) {
  bool flip = kb.facts.arch == KernelArch::X86 && kb.facts.byteDot != DotKind::DotU8S8;
  return flip ? kb.bitXor(stored, 0x80) : stored;
}

SixBitQuads sixBitOperands(KernelBuilder &kb, Value nibbles0, Value nibbles1, Value twoBits) {
  auto join = [&](Value four, Value two) {
    return kb.sub(kb.bitOr(four, two), kb.constant(kb.vecI8(), 32));
  };
  Value low0 = kb.bitAnd(nibbles0, 0x0f), high0 = kb.lshr(nibbles0, 4);
  Value low1 = kb.bitAnd(nibbles1, 0x0f), high1 = kb.lshr(nibbles1, 4);
  return {
      {{join(low0, kb.shl(kb.bitAnd(twoBits, 0x03), 4)),
        join(high0, kb.shl(kb.bitAnd(twoBits, 0x0c), 2))},
       {join(low1, kb.bitAnd(twoBits, 0x30)), join(high1, kb.lshr(kb.bitAnd(twoBits, 0xc0), 2))}}};
}

UnpackedGroup unpackedGroup(const KernelFacts &facts, WeightFormat format) {
  const int64_t line = (facts.matrixTile ? 8 : 4) * kPanelRows;
  UnpackedGroup group{line, 0, 0, 0, line, 0};
  if (format == WeightFormat::Q4_1) {
    group.minOffset = line;
    group.quantsOffset += line;
  } else if (format == WeightFormat::Q6_K) {
    group.partScaleOffset = line;
    group.partStartOffset = 3 * line;
    group.quantsOffset += facts.sixBitDot == DotKind::DotS8U8 ? 4 * line : 2 * line;
  }
  group.bytes = group.quantsOffset + kActivationGroup * kPanelRows;
  return group;
}

Value loadFloatWeights(KernelBuilder &kb, WeightFormat format, Value address) {
  switch (format) {
  case WeightFormat::F16:
    return kb.loadHalves(address);
  case WeightFormat::BF16: {
    Value bits = kb.load(kb.vec(kb.facts.lanes(), kb.i16()), address, 2);
    return kb.bitcast(kb.shl(kb.zext(bits, kb.vecI32()), 16), kb.vecF32());
  }
  default:
    return kb.load(kb.vecF32(), address, 4);
  }
}

namespace {

/// One vector of quads and the next four k of the same rows, as octets of pairs
/// of rows: what smmla takes.
struct Octets {
  Value pairs[2];
};

Octets zipQuads(KernelBuilder &kb, Value quad, Value nextQuad) {
  Value a = kb.bitcast(quad, kb.vecI32()), b = kb.bitcast(nextQuad, kb.vecI32());
  return {{kb.bitcast(kb.shuffle(a, b, {0, 4, 1, 5}), kb.vecI8()),
           kb.bitcast(kb.shuffle(a, b, {2, 6, 3, 7}), kb.vecI8())}};
}

class PanelUnpacker {
public:
  PanelUnpacker(KernelBuilder &kb, WeightFormat format)
      : kb(kb), format(format), block(packedBlock(format)),
        unpacked(unpackedGroup(kb.facts, format)), vectors(kb.facts.panelVectors()),
        bytes(kb.facts.vectorBytes) {}

  NibblePair trueNibbles(Value raw);
  void nibbles(Value source, Value target);
  void wholeBytes(Value source, Value target);
  void sixBits(Value superBlock, Value source, Value target);
  void scales(Value source, Value target);

private:
  KernelBuilder &kb;
  WeightFormat format;
  PackedBlock block;
  UnpackedGroup unpacked;
  int vectors, bytes;

  void storeQuad(Value target, int quad, int vector, Value value) {
    kb.store(value, kb.at(target, unpacked.quantsOffset + 128 * quad + vector * bytes), bytes);
  }
  /// Two pairs of rows, pair `pair` first.
  void storeOctets(Value target, int octet, int pair, Octets value) {
    for (int i = 0; i < 2; ++i)
      kb.store(value.pairs[i], kb.at(target, unpacked.quantsOffset + 256 * octet + 16 * (pair + i)),
               16);
  }
  /// One value of 4 bytes of each row.
  void storeLine(Value target, int64_t offset, int vector, Value value);
  Value loadBytes(Value source, int64_t offset) {
    return kb.load(kb.vecI8(), kb.at(source, offset), bytes);
  }
};

void PanelUnpacker::storeLine(Value target, int64_t offset, int vector, Value value) {
  if (!kb.facts.matrixTile)
    return kb.store(value, kb.at(target, offset + vector * bytes), bytes);
  for (int pair = 0; pair < 2; ++pair) {
    int first = 2 * pair, second = first + 1;
    kb.store(kb.shuffle(value, {first, second, first, second}),
             kb.at(target, offset + (2 * vector + pair) * 16), 16);
  }
}

void PanelUnpacker::scales(Value source, Value target) {
  for (int v = 0; v < vectors; ++v) {
    Value scale = kb.loadHalves(kb.at(source, block.scaleOffset + v * bytes / 2));
    storeLine(target, 0, v, scale);
    if (format == WeightFormat::Q4_1) {
      Value minimum = kb.loadHalves(kb.at(source, block.minOffset + v * bytes / 2));
      storeLine(target, unpacked.minOffset, v, minimum);
    }
  }
}

/// AArch64 wants the true integers, which fit int8 in either format.
NibblePair PanelUnpacker::trueNibbles(Value raw) {
  NibblePair pair = splitNibbles(kb, raw);
  if (kb.facts.arch != KernelArch::AArch64)
    return pair;
  if (format == WeightFormat::Q4_0)
    pair.low = kb.sub(pair.low, kb.constant(kb.vecI8(), 8));
  else
    pair.high = kb.add(pair.high, kb.constant(kb.vecI8(), 8));
  return pair;
}

void PanelUnpacker::nibbles(Value source, Value target) {
  auto raw = [&](int quad, int v) {
    return loadBytes(source, block.quantsOffset + 64 * quad + v * bytes);
  };
  for (int quad = 0; quad < 8; ++quad) {
    for (int v = 0; v < vectors / 2; ++v) {
      if (!kb.facts.matrixTile) {
        NibblePair pair = trueNibbles(raw(quad, v));
        storeQuad(target, quad, v, pair.low);
        storeQuad(target, quad, v + vectors / 2, pair.high);
        continue;
      }
      if (quad % 2 != 0)
        continue;
      Octets octets = zipQuads(kb, raw(quad, v), raw(quad + 1, v));
      NibblePair first = trueNibbles(octets.pairs[0]), second = trueNibbles(octets.pairs[1]);
      storeOctets(target, quad / 2, 2 * v, {{first.low, second.low}});
      storeOctets(target, quad / 2, 2 * v + vectors, {{first.high, second.high}});
    }
  }
}

void PanelUnpacker::wholeBytes(Value source, Value target) {
  auto stored = [&](int quad, int v) {
    return byteOperand(kb, loadBytes(source, block.quantsOffset + 128 * quad + v * bytes));
  };
  for (int quad = 0; quad < 8; ++quad)
    for (int v = 0; v < vectors; ++v) {
      if (!kb.facts.matrixTile)
        storeQuad(target, quad, v, stored(quad, v));
      else if (quad % 2 == 0)
        storeOctets(target, quad / 2, 2 * v, zipQuads(kb, stored(quad, v), stored(quad + 1, v)));
    }
}

void PanelUnpacker::sixBits(Value superBlock, Value source, Value target) {
  scales(superBlock, target);
  for (int part = 0; part < 2; ++part)
    for (int v = 0; v < vectors; ++v) {
      int64_t row = v * kb.facts.lanes();
      Value scale = kb.load(kb.vec(kb.facts.lanes(), kb.i8()), kb.at(source, part * 32 + row), 4);
      storeLine(target, unpacked.partScaleOffset + part * unpacked.lineBytes, v,
                kb.sext(scale, kb.vecI32()));
    }
  DotStep dot(kb, kb.facts.sixBitDot);
  bool needsStart = kb.facts.sixBitDot == DotKind::DotS8U8;
  Value bias = kb.constant(kb.vecI8(), -128); // +128 as an unsigned byte
  for (int v = 0; v < vectors / 2; ++v) {
    DotState sums[2][2]; // [low, high row][part]: 128 * sum(weights)
    for (auto &row : sums)
      for (DotState &state : row)
        state = dot.begin(nullptr);
    for (int pair = 0; pair < 4; ++pair) {
      SixBitQuads quads =
          sixBitOperands(kb, loadBytes(source, q6kNibbleOffset(2 * pair) + v * bytes),
                         loadBytes(source, q6kNibbleOffset(2 * pair + 1) + v * bytes),
                         loadBytes(source, q6kTwoBitOffset(2 * pair) + v * bytes));
      if (kb.facts.matrixTile) {
        storeOctets(target, pair, 2 * v, zipQuads(kb, quads.quad[0].low, quads.quad[1].low));
        storeOctets(target, pair, 2 * v + vectors,
                    zipQuads(kb, quads.quad[0].high, quads.quad[1].high));
        continue;
      }
      for (int i = 0; i < 2; ++i) {
        const NibblePair &rows = quads.quad[i];
        storeQuad(target, 2 * pair + i, v, rows.low);
        storeQuad(target, 2 * pair + i, v + vectors / 2, rows.high);
        if (needsStart) {
          dot.step(sums[0][pair / 2], dot.weight(rows.low), bias, 2 * pair + i);
          dot.step(sums[1][pair / 2], dot.weight(rows.high), bias, 2 * pair + i);
        }
      }
    }
    for (int row = 0; needsStart && row < 2; ++row)
      for (int part = 0; part < 2; ++part)
        kb.store(
            kb.sub(kb.constant(kb.vecI32(), 0), dot.finish(sums[row][part])),
            kb.at(target, unpacked.partStartOffset + part * 128 + (v + row * vectors / 2) * bytes),
            bytes);
  }
}

} // namespace

void unpackPanel(KernelBuilder &kb, WeightFormat format, Value panel, Value group, Value groups,
                 Value buffer) {
  PanelUnpacker unpacker(kb, format);
  const int64_t groupBytes = unpackedGroup(kb.facts, format).bytes;
  const PackedBlock block = packedBlock(format);
  Value zero = kb.constI64(0);
  kb.loop(zero, groups, 1, [&](Value i) {
    Value index = kb.add(group, i);
    Value target = kb.at(buffer, kb.mul(i, groupBytes));
    if (format == WeightFormat::Q6_K) {
      Value super = kb.at(panel, kb.mul(kb.lshr(index, 3), block.bytes));
      Value sub = kb.at(super, kb.mul(kb.bitAnd(index, 7), kQ6KSubBlockBytes));
      unpacker.sixBits(super, kb.at(sub, block.quantsOffset), target);
      return;
    }
    Value source = kb.at(panel, kb.mul(index, block.bytes));
    unpacker.scales(source, target);
    if (format == WeightFormat::Q8_0)
      unpacker.wholeBytes(source, target);
    else
      unpacker.nibbles(source, target);
  });
}

} // namespace qwenc
