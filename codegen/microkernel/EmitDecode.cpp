//===- codegen/microkernel/EmitDecode.cpp - one token ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights stream from memory once and are the only thing that takes time, so a
// kernel reads a thread's panels as one contiguous range, and touches a byte
// with as few instructions as it can:
//
//   group of 32 k:   8 quads x raw vectors -> int32 sums of 32 rows -> fp32 sums
//
// Where an instruction adds 4 products to an int32, two rows' nibbles of the
// same k share a byte, raw = 16 * high + low, and high needs no unpacking:
//
//   sum(high * a) = (sum(raw * a) - sum(low * a)) / 16
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/DotStep.h"
#include "codegen/microkernel/MatmulEmitters.h"
#include "codegen/microkernel/ScaleEpilogue.h"
#include "codegen/microkernel/UnpackWeights.h"
#include "codegen/microkernel/WeightCodes.h"

using namespace mlir;

namespace qwenc {
namespace {

/// One group of 32 k of one panel: addresses and the token's scales.
struct Group {
  Value block;
  Value parts; ///< null but for blocks of 256
  Value quants;
  Value activations;
  TokenScales token;
};

class DecodeGroup {
public:
  /// `starts`: see DotStep. Emit in the function's entry block.
  DecodeGroup(KernelBuilder &kb, const MatmulKernelSpec &spec, Value starts)
      : kb(kb), format(spec.format), traits(formatTraits(format)), block(packedBlock(format)),
        dot(kb, kb.facts.dotKind(traits.operand), starts), vectors(kb.facts.panelVectors()),
        bytes(kb.facts.vectorBytes), together(spec.nr / kb.facts.lanes()) {
    if (kb.facts.looksFloatsUp() && block.partsBytes && traits.parts == 1)
      floats.emplace(kb);
  }

  /// Adds the group to the fp32 sums, one vector of rows each.
  void emit(const Group &group, Values &sums) {
    const bool nibbles = traits.lowBits == 4 && traits.highBits == 0 && !traits.table;
    const bool rawIsDot =
        sumsBitsApart(kb.facts, traits) || (nibbles && isDot4(kb.facts.dotKind(traits.operand)));
    const int pairs = traits.parts == 2 ? 1 : together / 2;
    for (int v = 0; v < vectors / 2; v += pairs) {
      if (rawIsDot)
        rawNibbles(group, v, pairs, sums);
      else if (traits.parts == 1)
        operands(group, v, pairs, sums);
      else
        parts(group, v, sums);
    }
  }

private:
  KernelBuilder &kb;
  WeightFormat format;
  const FormatTraits &traits;
  PackedBlock block;
  DotStep dot;
  int vectors, bytes;
  int together; ///< vectors of rows that are worked on at once
  std::optional<ByteFloats> floats;

  /// What sums over operands of low (0) or high rows start from.
  Value start(const Group &group, int part, int half) {
    return startFrom(kb, traits, group.token, part, operandZero(kb.facts, traits, half));
  }
  /// Adds `scaled` sums of a vector of rows to the fp32 ones.
  void scaleRows(const Group &group, int vector, Value scaled, Value &sum);
  void rawNibbles(const Group &group, int first, int count, Values &sums);
  void bitSums(const Group &group, int first, int count, llvm::SmallVector<DotState> (&bits)[2]);
  void operands(const Group &group, int first, int count, Values &sums);
  void parts(const Group &group, int v, Values &sums);
};

void DecodeGroup::scaleRows(const Group &group, int vector, Value scaled, Value &sum) {
  RowScales rows(kb, format, group.block, group.parts, floats ? &*floats : nullptr);
  sum = accumulateScaled(kb, sum, scaled, rows.scale(vector));
  for (int part = 0; traits.hasMinimum() && part < traits.parts; ++part)
    sum = kb.fmuladd(group.token.scaledSum[part], rows.minimum(vector, part), sum);
}

/// -sum(bit * activation) of upper planes of one bit, for low and high rows: a test
/// makes -1 of a bit, which is a weight then.
void DecodeGroup::bitSums(const Group &group, int first, int count,
                          llvm::SmallVector<DotState> (&bits)[2]) {
  for (auto &states : bits)
    for (int v = 0; v < count; ++v)
      states.push_back(dot.begin(nullptr));
  ActivationGroup activations(kb, group.activations);
  Values chunks(count);
  for (int quad = 0; quad < 8; ++quad) {
    auto act = activations.quad(quad);
    for (int v = 0; v < count; ++v)
      for (int half : {0, 1}) {
        const PlanePosition position = planePosition(traits, 1, quad, half);
        if (position.shift == 0) {
          const int64_t offset = position.offset + (first + v) * bytes;
          chunks[v] = kb.load(kb.vecI8(), kb.at(group.quants, offset), bytes);
        }
        Value set = kb.testBits(chunks[v], int64_t(1) << position.shift);
        dot.step(bits[half][v], dot.weight(set), act, quad);
      }
  }
}

/// Nibbles of two rows in a byte: the raw byte is an operand.
void DecodeGroup::rawNibbles(const Group &group, int first, int count, Values &sums) {
  const int lowZero = operandZero(kb.facts, traits, 0);
  const int highZero = operandZero(kb.facts, traits, 1);
  llvm::SmallVector<DotState> low, raw, bits[2];
  if (traits.planes() == 2)
    bitSums(group, first, count, bits);
  for (int v = 0; v < count; ++v) {
    TokenScales token = v == 0 ? group.token : anotherStart(kb, group.token);
    auto from = [&](int zero) { return startFrom(kb, traits, token, 0, zero); };
    low.push_back(dot.beginForF32(from(lowZero)));
    if (traits.planes() == 1) {
      raw.push_back(dot.beginRawForF32(from(lowZero + 16 * highZero)));
      continue;
    }
    // Raw sums are 16 times the high rows' and the low rows', bits included.
    Value &lowStart = low.back().parts[0];
    lowStart = kb.sub(lowStart, kb.shl(dot.finish(bits[0][v]), 4));
    Value highStart = kb.sub(dot.beginAboveForF32(from(16 * highZero)).parts[0],
                             kb.shl(dot.finish(bits[1][v]), 8));
    raw.push_back({{kb.add(lowStart, highStart)}});
  }
  ActivationGroup activations(kb, group.activations);
  for (int quad = 0; quad < 8; ++quad) {
    auto act = activations.quad(quad);
    for (int v = 0; v < count; ++v) {
      const int64_t offset = planePosition(traits, 0, quad, 0).offset + (first + v) * bytes;
      Value stored = kb.load(kb.vecI8(), kb.at(group.quants, offset), bytes);
      dot.step(low[v], dot.weight(splitNibbles(kb, traits, stored).low), act, quad);
      dot.step(raw[v], dot.weight(stored), act, quad);
    }
  }
  for (int v = 0; v < count; ++v) {
    int lowRows = first + v, highRows = lowRows + vectors / 2;
    Value lowSum = dot.finish(low[v]), rawSum = dot.finish(raw[v]);
    scaleRows(group, lowRows, dot.scaled(lowSum, group.token.scale), sums[lowRows]);
    scaleRows(group, highRows, dot.scaled(kb.sub(rawSum, lowSum), group.token.scaleOver16),
              sums[highRows]);
  }
}

void DecodeGroup::operands(const Group &group, int first, int count, Values &sums) {
  llvm::SmallVector<GroupCodes> codes;
  llvm::SmallVector<DotState> low, high;
  for (int v = 0; v < count; ++v) {
    codes.emplace_back(kb, format, group.quants, first + v);
    low.push_back(dot.beginForF32(start(group, 0, 0)));
    high.push_back(dot.beginForF32(start(group, 0, 1)));
  }
  ActivationGroup activations(kb, group.activations);
  for (int quad = 0; quad < 8; ++quad) {
    auto act = activations.quad(quad);
    for (int v = 0; v < count; ++v) {
      RowPair rows = codes[v].operands(quad);
      dot.step(low[v], dot.weight(rows.low), act, quad);
      dot.step(high[v], dot.weight(rows.high), act, quad);
    }
  }
  for (int v = 0; v < count; ++v) {
    int lowRows = first + v, highRows = lowRows + vectors / 2;
    scaleRows(group, lowRows, dot.scaled(dot.finish(low[v]), group.token.scale), sums[lowRows]);
    scaleRows(group, highRows, dot.scaled(dot.finish(high[v]), group.token.scale), sums[highRows]);
  }
}

/// Two scales of a group multiply the int32 sums of its parts.
void DecodeGroup::parts(const Group &group, int v, Values &sums) {
  RowScales rowScales(kb, format, group.block, group.parts);
  GroupCodes codes(kb, format, group.quants, v);
  ActivationGroup activations(kb, group.activations);
  Value total[2]; // low and high rows
  for (int part = 0; part < 2; ++part) {
    DotState states[2] = {dot.begin(start(group, part, 0)), dot.begin(start(group, part, 1))};
    for (int quad = 4 * part; quad < 4 * part + 4; ++quad) {
      RowPair rows = codes.operands(quad);
      auto act = activations.quad(quad);
      dot.step(states[0], dot.weight(rows.low), act, quad);
      dot.step(states[1], dot.weight(rows.high), act, quad);
    }
    for (int row = 0; row < 2; ++row) {
      Value scale = rowScales.partScale(v + row * vectors / 2, part);
      Value scaled = kb.mul(dot.finish(states[row]), scale);
      total[row] = part == 0 ? scaled : kb.add(total[row], scaled);
    }
  }
  for (int row = 0; row < 2; ++row) {
    int vector = v + row * vectors / 2;
    scaleRows(group, vector, kb.mulF(kb.toF32(total[row]), group.token.scale.value), sums[vector]);
  }
}

/// The loop over panels that both kinds share. `body` gets the panel's address
/// and the start values and returns the sums.
void forEachPanel(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                  llvm::function_ref<Values(Value, const Values &)> body) {
  const PackedBlock block = packedBlock(spec.format);
  Value panelBytes = kb.mul(kb.divU(args.k, block.blockK), block.bytes);
  Value edge = kb.stackBuffer(4 * kPanelRows);
  Value noStride = kb.constI64(0);
  kb.loop(args.panelBegin, args.panelEnd, 1, [&](Value panel) {
    Value row = kb.mul(panel, kPanelRows);
    TokenMatrix source = startMatrix(kb, spec.epilogue, args, row, edge);
    TokenMatrix target{kb.at(args.out, kb.shl(row, 2)), noStride};
    OutputTile tile(kb, source, target, 1, kPanelRows, kb.sub(args.rows, row), edge);
    Values sums;
    if (spec.epilogue == Epilogue::Store)
      sums.assign(kb.facts.panelVectors(), kb.constantF(kb.vecF32(), 0));
    else
      sums = tile.load();
    tile.store(body(kb.at(args.weights, kb.mul(panel, panelBytes)), sums));
  });
}

} // namespace

void emitDecodeInteger(KernelBuilder &kb, const MatmulKernelSpec &spec,
                       const MatmulArguments &args) {
  const FormatTraits &traits = formatTraits(spec.format);
  const PackedBlock block = packedBlock(spec.format);
  const int64_t groups = block.blockK / kActivationGroup;
  Value starts;
  if (kb.facts.arch == KernelArch::AArch64) {
    starts = kb.stackBuffer(kb.facts.vectorBytes);
    kb.store(kb.constant(kb.vecI32(), kRoundingBits), starts, kb.facts.vectorBytes);
  }
  DecodeGroup decode(kb, spec, starts);
  Value zero = kb.constI64(0);
  Value blocks = kb.divU(args.k, block.blockK);
  auto emitGroup = [&](Value blockAddress, Value parts, Value quants, Value index,
                       ValueRange carried) {
    Value offset = kb.shl(index, 2);
    Value activations = kb.at(args.actQ, kb.mul(index, kActivationGroup));
    TokenAddresses token{kb.at(args.actScale, offset), kb.at(args.actNeg8, offset), activations};
    Group group{blockAddress, parts, quants, activations, loadTokenScales(kb, traits, token)};
    Values sums(carried);
    decode.emit(group, sums);
    return sums;
  };
  forEachPanel(kb, spec, args, [&](Value panel, const Values &start) {
    return kb.loop(zero, blocks, 1, start, [&](Value index, ValueRange sums) {
      Value address = kb.at(panel, kb.mul(index, block.bytes));
      Value parts = kb.at(address, block.partsOffset);
      Value quants = kb.at(address, block.quantsOffset);
      if (groups == 1)
        return emitGroup(address, Value(), quants, index, sums);
      return kb.loop(zero, kb.constI64(groups), 1, sums, [&](Value sub, ValueRange inner) {
        return emitGroup(address, kb.at(parts, kb.mul(sub, block.partsStride)),
                         kb.at(quants, kb.mul(sub, block.quantsStride)),
                         kb.add(kb.mul(index, groups), sub), inner);
      });
    });
  });
}

void emitDecodeFloat(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args) {
  const PackedBlock block = packedBlock(spec.format);
  const int64_t elementBytes = block.bytes / kPanelRows;
  Value zero = kb.constI64(0);
  forEachPanel(kb, spec, args, [&](Value panel, const Values &start) {
    return kb.loop(zero, args.k, 1, start, [&](Value k, ValueRange carried) {
      Value weights = kb.at(panel, kb.mul(k, block.bytes));
      Value act = kb.splat(kb.load(kb.f32(), kb.at(args.actQ, kb.shl(k, 2)), 4), kb.vecF32());
      Values sums;
      for (int v = 0; v < kb.facts.panelVectors(); ++v) {
        Value weight =
            loadFloatWeights(kb, spec.format, kb.at(weights, v * kb.facts.lanes() * elementBytes));
        sums.push_back(kb.fmuladd(weight, act, carried[v]));
      }
      return sums;
    });
  });
}

} // namespace qwenc
