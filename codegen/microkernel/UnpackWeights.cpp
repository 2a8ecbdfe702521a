//===- codegen/microkernel/UnpackWeights.cpp - packed bytes to operands ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/UnpackWeights.h"
#include "codegen/microkernel/ScaleEpilogue.h"
#include "codegen/microkernel/WeightCodes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace qwenc {

int unpackedZero(const KernelFacts &facts, const FormatTraits &traits) {
  return facts.arch == KernelArch::AArch64 ? 0 : operandZero(facts, traits, 0);
}

PartScaleForm partScaleForm(const KernelFacts &facts, const FormatTraits &traits) {
  switch (facts.dotKind(traits.operand)) {
  case DotKind::DotU8S8:
    return PartScaleForm::Float;
  case DotKind::MaddNibble:
  case DotKind::MaddSigned6:
    return PartScaleForm::Pairs;
  default:
    return PartScaleForm::Int32;
  }
}

UnpackedGroup unpackedGroup(const KernelFacts &facts, WeightFormat format, int tileRows) {
  const FormatTraits &traits = formatTraits(format);
  UnpackedGroup group;
  group.rows = facts.loadsBelow() ? tileRows : kPanelRows;
  group.lineBytes = (facts.matrixTile ? 8 : 4) * group.rows;
  group.quadBytes = 4 * group.rows;
  group.minOffset = group.partScaleOffset = 0;
  group.quantsOffset = traits.scale == ScaleKind::Row ? 0 : group.lineBytes;
  if (traits.hasMinimum()) {
    group.minOffset = group.quantsOffset;
    group.quantsOffset += traits.parts * group.lineBytes;
  }
  if (traits.parts == 2) {
    group.partScaleOffset = group.quantsOffset;
    group.quantsOffset += 2 * group.lineBytes;
  }
  group.bytes = group.quantsOffset + traits.group * group.rows;
  // Else lines of a value a row, and what follows them, are equally long for a row.
  group.rowBytes = facts.loadsBelow() ? facts.unpackedK / traits.group * (group.bytes / group.rows)
                                      : group.lineBytes / kPanelRows;
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

/// One vector of quads and the next four k of the same rows, as octets: what smmla
/// takes, the first half of the rows and the second.
struct Octets {
  Value halves[2];
};

Octets zipQuads(KernelBuilder &kb, Value quad, Value nextQuad) {
  Value a = kb.bitcast(quad, kb.vecI32()), b = kb.bitcast(nextQuad, kb.vecI32());
  const int lanes = kb.facts.lanes();
  Octets octets;
  for (int half : {0, 1}) {
    SmallVector<int32_t> zip;
    for (int i = half * lanes / 2; i < (half + 1) * lanes / 2; ++i)
      zip.append({i, i + lanes});
    octets.halves[half] = kb.bitcast(kb.shuffle(a, b, zip), kb.vecI8());
  }
  return octets;
}

class PanelUnpacker {
public:
  PanelUnpacker(KernelBuilder &kb, const MatmulKernelSpec &spec)
      : kb(kb), format(spec.format), traits(formatTraits(format)), block(packedBlock(format)),
        unpacked(unpackedGroup(kb.facts, format, spec.nr)), vectors(kb.facts.panelVectors()),
        bytes(kb.facts.vectorBytes) {}

  /// One group: addresses of its block, parts and integers, and of where it goes.
  void group(Value blockAddress, Value parts, Value quants, Value target) {
    scales(blockAddress, parts, target);
    if (kb.facts.matrixTile && traits.planes() == 1 && traits.lowBits == 4)
      return nibbleOctets(quants, target);
    for (int v = 0; v < vectors / 2; ++v)
      integers(quants, v, target);
  }

private:
  KernelBuilder &kb;
  WeightFormat format;
  const FormatTraits &traits;
  PackedBlock block;
  UnpackedGroup unpacked;
  int vectors, bytes;

  void scales(Value blockAddress, Value parts, Value target);
  void nibbleOctets(Value quants, Value target);
  void integers(Value quants, int v, Value target);
  Value partScale(Value integers);
  RowPair withoutZero(RowPair rows);

  /// From a group of the panel to what of it belongs to the rows of a vector.
  int64_t vectorOffset(int vector) {
    const int row = vector * kb.facts.lanes(), inTile = row % unpacked.rows;
    return (row - inTile) * unpacked.rowBytes + 4 * inTile;
  }
  void storeQuad(Value target, int quad, int vector, Value value) {
    const int64_t offset = unpacked.quantsOffset + unpacked.quadBytes * quad;
    kb.store(value, kb.at(target, offset + vectorOffset(vector)), bytes);
  }
  /// The octets of the rows of vector `vector`.
  void storeOctets(Value target, int octet, int vector, Octets value) {
    for (int i = 0; i < 2; ++i)
      kb.store(value.halves[i],
               kb.at(target, unpacked.quantsOffset + 256 * octet + bytes * (2 * vector + i)),
               bytes);
  }
  /// One value of 4 bytes of each row.
  void storeLine(Value target, int64_t offset, int vector, Value value);
};

void PanelUnpacker::storeLine(Value target, int64_t offset, int vector, Value value) {
  if (!kb.facts.matrixTile)
    return kb.store(value, kb.at(target, offset + vectorOffset(vector)), bytes);
  for (int half : {0, 1})
    kb.store(kb.zip64(value, value, half), kb.at(target, offset + bytes * (2 * vector + half)),
             bytes);
}

void PanelUnpacker::scales(Value blockAddress, Value parts, Value target) {
  RowScales rows(kb, format, blockAddress, parts);
  for (int v = 0; v < vectors; ++v) {
    if (Value scale = rows.scale(v))
      storeLine(target, 0, v, scale);
    for (int part = 0; part < traits.parts; ++part) {
      const int64_t line = part * unpacked.lineBytes;
      if (traits.hasMinimum())
        storeLine(target, unpacked.minOffset + line, v, rows.minimum(v, part));
      if (traits.parts == 2)
        storeLine(target, unpacked.partScaleOffset + line, v, partScale(rows.partScale(v, part)));
    }
  }
}

Value PanelUnpacker::partScale(Value integers) {
  switch (partScaleForm(kb.facts, traits)) {
  case PartScaleForm::Int32:
    return integers;
  case PartScaleForm::Float:
    return kb.toF32(integers);
  case PartScaleForm::Pairs:
    return kb.bitOr(kb.shl(integers, 16), kb.bitAnd(integers, 0xffff));
  }
  llvm_unreachable("not a form of scales");
}

/// AArch64 wants the true integers, which fit int8 in every format.
RowPair PanelUnpacker::withoutZero(RowPair rows) {
  if (kb.facts.arch != KernelArch::AArch64)
    return rows;
  auto less = [&](Value value, int zero) {
    return zero ? kb.sub(value, kb.constant(kb.vecI8(), zero)) : value;
  };
  return {less(rows.low, operandZero(kb.facts, traits, 0)),
          less(rows.high, operandZero(kb.facts, traits, 1))};
}

/// Nibbles alone are zipped before they are split: half the zips.
void PanelUnpacker::nibbleOctets(Value quants, Value target) {
  auto raw = [&](int quad, int v) {
    const int64_t offset = planePosition(traits, 0, quad, 0).offset + v * bytes;
    return kb.load(kb.vecI8(), kb.at(quants, offset), std::min<unsigned>(bytes, block.alignment()));
  };
  auto split = [&](Value zipped) {
    RowPair rows = splitNibbles(kb, traits, zipped);
    return withoutZero(traits.table ? lookUp(kb, traits, rows) : rows);
  };
  for (int quad = 0; quad < traits.quads(); quad += 2)
    for (int v = 0; v < vectors / 2; ++v) {
      Octets octets = zipQuads(kb, raw(quad, v), raw(quad + 1, v));
      RowPair first = split(octets.halves[0]), second = split(octets.halves[1]);
      storeOctets(target, quad / 2, v, {{first.low, second.low}});
      storeOctets(target, quad / 2, v + vectors / 2, {{first.high, second.high}});
    }
}

void PanelUnpacker::integers(Value quants, int v, Value target) {
  GroupCodes codes(kb, format, quants, v);
  RowPair even;
  for (int quad = 0; quad < traits.quads(); ++quad) {
    RowPair rows = withoutZero(codes.operands(quad));
    if (!kb.facts.matrixTile) {
      storeQuad(target, quad, v, rows.low);
      storeQuad(target, quad, v + vectors / 2, rows.high);
    } else if (quad % 2 == 0) {
      even = rows;
    } else {
      storeOctets(target, quad / 2, v, zipQuads(kb, even.low, rows.low));
      storeOctets(target, quad / 2, v + vectors / 2, zipQuads(kb, even.high, rows.high));
    }
  }
}

} // namespace

void unpackPanel(KernelBuilder &kb, const MatmulKernelSpec &spec, Value panel, Value group,
                 Value groups, Value buffer) {
  PanelUnpacker unpacker(kb, spec);
  const int64_t groupBytes = unpackedGroup(kb.facts, spec.format, spec.nr).bytes;
  const PackedBlock block = packedBlock(spec.format);
  const int64_t blockGroups = block.blockK / formatTraits(spec.format).group;
  kb.loop(kb.constI64(0), groups, 1, [&](Value i) {
    Value index = kb.add(group, i), inBlock = kb.constI64(0);
    Value target = kb.at(buffer, kb.mul(i, groupBytes));
    if (blockGroups > 1) {
      inBlock = kb.bitAnd(index, blockGroups - 1);
      index = kb.divU(index, blockGroups);
    }
    Value address = kb.at(panel, kb.mul(index, block.bytes));
    Value parts = kb.at(kb.at(address, block.partsOffset), kb.mul(inBlock, block.partsStride));
    Value quants = kb.at(kb.at(address, block.quantsOffset), kb.mul(inBlock, block.quantsStride));
    unpacker.group(address, parts, quants, target);
  });
}

} // namespace qwenc
