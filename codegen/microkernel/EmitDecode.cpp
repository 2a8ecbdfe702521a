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
#include "ir/kernels/PackedLayout.h"

using namespace mlir;

namespace qwenc {
namespace {

/// One group of 32 k of one panel: addresses and the token's scales.
struct Group {
  Value block; ///< packed block; Q6_K: the block of 256
  Value quants;
  Value activations;
  TokenScales token;
};

class DecodeGroup {
public:
  DecodeGroup(KernelBuilder &kb, WeightFormat format)
      : kb(kb), format(format), block(packedBlock(format)), dot(kb, kb.facts.dotKind(format)),
        vectors(kb.facts.panelVectors()), bytes(kb.facts.vectorBytes) {}

  /// Adds the group to the fp32 sums, one vector of rows each.
  void emit(const Group &group, Values &sums) {
    if (format == WeightFormat::Q8_0)
      return wholeBytes(group, sums);
    if (format == WeightFormat::Q6_K)
      return sixBits(group, sums);
    for (int v = 0; v < vectors / 2; v += kb.facts.decodeRawVectors)
      nibbles(group, v, kb.facts.decodeRawVectors, sums);
  }

private:
  KernelBuilder &kb;
  WeightFormat format;
  PackedBlock block;
  DotStep dot;
  int vectors, bytes;

  Value loadBytes(Value base, int64_t offset) {
    return kb.load(kb.vecI8(), kb.at(base, offset), bytes);
  }
  void scaleRows(const Group &group, int vector, Value sums, Value tokenScale, Value &sum);
  void nibbles(const Group &group, int first, int count, Values &sums);
  void wholeBytes(const Group &group, Values &sums);
  void sixBits(const Group &group, Values &sums);
};

void DecodeGroup::scaleRows(const Group &group, int vector, Value sums, Value tokenScale,
                            Value &sum) {
  Value scale = kb.loadHalves(kb.at(group.block, block.scaleOffset + vector * bytes / 2));
  sum = accumulateScaled(kb, sum, sums, tokenScale, scale);
  if (format == WeightFormat::Q4_1) {
    Value minimum = kb.loadHalves(kb.at(group.block, block.minOffset + vector * bytes / 2));
    sum = kb.fmuladd(group.token.scaledSum, minimum, sum);
  }
}

void DecodeGroup::nibbles(const Group &group, int first, int count, Values &sums) {
  const bool rawIsDot = isDot4(kb.facts.nibbleDot);
  const NibbleStarts starts = nibbleStarts(kb.facts, format);
  llvm::SmallVector<DotState> low, high;
  for (int v = 0; v < count; ++v) {
    low.push_back(dot.beginForF32(startFrom(kb, group.token, starts.low)));
    high.push_back(dot.beginForF32(startFrom(kb, group.token, rawIsDot ? starts.raw : starts.high),
                                   rawIsDot ? 2 : 1));
  }
  ActivationGroup activations(kb, group.activations);
  for (int quad = 0; quad < 8; ++quad) {
    Value act = activations.quad(quad);
    for (int v = 0; v < count; ++v) {
      Value raw = loadBytes(group.quants, 64 * quad + (first + v) * bytes);
      NibblePair pair = splitNibbles(kb, raw);
      dot.step(low[v], dot.weight(pair.low), act, quad);
      dot.step(high[v], dot.weight(rawIsDot ? raw : pair.high), act, quad);
    }
  }
  for (int v = 0; v < count; ++v) {
    int lowRows = first + v, highRows = lowRows + vectors / 2;
    Value lowSum = dot.finish(low[v]), highSum = dot.finish(high[v]);
    scaleRows(group, lowRows, dot.toF32(lowSum), group.token.scale, sums[lowRows]);
    if (rawIsDot)
      scaleRows(group, highRows, dot.toF32(kb.sub(highSum, lowSum)), group.token.scaleOver16,
                sums[highRows]);
    else
      scaleRows(group, highRows, dot.toF32(highSum), group.token.scale, sums[highRows]);
  }
}

void DecodeGroup::wholeBytes(const Group &group, Values &sums) {
  const int together = std::min(vectors, 2 * kb.facts.decodeRawVectors);
  for (int first = 0; first < vectors; first += together) {
    llvm::SmallVector<DotState> states;
    for (int v = 0; v < together; ++v)
      states.push_back(dot.beginForF32(startFrom(kb, group.token, byteStart(kb.facts))));
    ActivationGroup activations(kb, group.activations);
    for (int quad = 0; quad < 8; ++quad) {
      Value act = activations.quad(quad);
      for (int v = 0; v < together; ++v) {
        Value stored = loadBytes(group.quants, 128 * quad + (first + v) * bytes);
        dot.step(states[v], dot.weight(byteOperand(kb, stored)), act, quad);
      }
    }
    for (int v = 0; v < together; ++v)
      scaleRows(group, first + v, dot.toF32(dot.finish(states[v])), group.token.scale,
                sums[first + v]);
  }
}

void DecodeGroup::sixBits(const Group &group, Values &sums) {
  const bool exchanged = kb.facts.sixBitDot == DotKind::DotS8U8;
  for (int v = 0; v < vectors / 2; ++v) {
    Value total[2]; // low and high rows
    ActivationGroup activations(kb, group.activations, exchanged);
    for (int part = 0; part < 2; ++part) {
      DotState states[2] = {dot.begin(nullptr), dot.begin(nullptr)};
      DotState offsets[2] = {dot.begin(nullptr), dot.begin(nullptr)}; // 128 * sum(weights)
      for (int pair = 2 * part; pair < 2 * part + 2; ++pair) {
        SixBitQuads quads =
            sixBitOperands(kb, loadBytes(group.quants, q6kNibbleOffset(2 * pair) + v * bytes),
                           loadBytes(group.quants, q6kNibbleOffset(2 * pair + 1) + v * bytes),
                           loadBytes(group.quants, q6kTwoBitOffset(2 * pair) + v * bytes));
        for (int i = 0; i < 2; ++i) {
          const int quad = 2 * pair + i;
          Value rows[2] = {quads.quad[i].low, quads.quad[i].high};
          Value act = activations.quad(quad);
          for (int row = 0; row < 2; ++row) {
            dot.step(states[row], dot.weight(rows[row]), act, quad);
            if (exchanged)
              dot.step(offsets[row], dot.weight(rows[row]), kb.constant(kb.vecI8(), -128), quad);
          }
        }
      }
      for (int row = 0; row < 2; ++row) {
        int64_t scaleOffset = 32 * part + (v + row * vectors / 2) * kb.facts.lanes();
        Value scale =
            kb.sext(kb.load(kb.vec(kb.facts.lanes(), kb.i8()), kb.at(group.quants, scaleOffset), 4),
                    kb.vecI32());
        Value sum = dot.finish(states[row]);
        if (exchanged)
          sum = kb.sub(sum, dot.finish(offsets[row]));
        Value scaled = kb.mul(sum, scale);
        total[row] = part == 0 ? scaled : kb.add(total[row], scaled);
      }
    }
    for (int row = 0; row < 2; ++row) {
      int vector = v + row * vectors / 2;
      scaleRows(group, vector, kb.toF32(total[row]), group.token.scale, sums[vector]);
    }
  }
}

/// The loop over panels that both kinds share. `body` gets the panel's address
/// and the start values and returns the sums.
void forEachPanel(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                  llvm::function_ref<Values(Value, Values)> body) {
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
  const PackedBlock block = packedBlock(spec.format);
  DecodeGroup decode(kb, spec.format);
  Value zero = kb.constI64(0);
  Value blocks = kb.divU(args.k, block.blockK);
  auto emitGroup = [&](Value blockAddress, Value quants, Value index, ValueRange carried) {
    Value offset = kb.shl(index, 2);
    Group group{blockAddress, quants, kb.at(args.actQ, kb.mul(index, kActivationGroup)),
                loadTokenScales(kb, spec.format, kb.at(args.actScale, offset),
                                kb.at(args.actNeg8, offset))};
    Values sums(carried);
    decode.emit(group, sums);
    return sums;
  };
  forEachPanel(kb, spec, args, [&](Value panel, Values start) {
    return kb.loop(zero, blocks, 1, start, [&](Value index, ValueRange sums) {
      Value address = kb.at(panel, kb.mul(index, block.bytes));
      Value quants = kb.at(address, block.quantsOffset);
      if (spec.format != WeightFormat::Q6_K)
        return emitGroup(address, quants, index, sums);
      return kb.loop(zero, kb.constI64(8), 1, sums, [&](Value sub, ValueRange inner) {
        return emitGroup(address, kb.at(quants, kb.mul(sub, kQ6KSubBlockBytes)),
                         kb.add(kb.shl(index, 3), sub), inner);
      });
    });
  });
}

void emitDecodeFloat(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args) {
  const PackedBlock block = packedBlock(spec.format);
  const int64_t elementBytes = block.bytes / kPanelRows;
  Value zero = kb.constI64(0);
  forEachPanel(kb, spec, args, [&](Value panel, Values start) {
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
