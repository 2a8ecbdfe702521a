//===- codegen/microkernel/EmitTile.cpp - register tiles of prefill -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile holds tokens x spec.nr sums in registers and walks along k through an
// unpacked panel. Integers: int32 sums of one group of k, then the fp32 sums.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/DotStep.h"
#include "codegen/microkernel/MatmulEmitters.h"
#include "codegen/microkernel/ScaleEpilogue.h"
#include "codegen/microkernel/UnpackWeights.h"

using namespace mlir;

namespace qwenc {
namespace {

class IntegerTile {
public:
  IntegerTile(KernelBuilder &kb, const MatmulKernelSpec &spec, int tokens, Value scratch)
      : kb(kb), traits(formatTraits(spec.format)), kind(kb.facts.dotKind(traits.operand)),
        dot(kb, kind, spec.startsInMemory ? scratch : Value()),
        layout(unpackedGroup(kb.facts, spec.format)), tokens(tokens),
        vectors(spec.nr / kb.facts.lanes()) {}

  /// Adds one unpacked group at `group` to the sums.
  Values emit(Value group, ArrayRef<Value> activations, ArrayRef<TokenScales> scales,
              ValueRange carried);

private:
  KernelBuilder &kb;
  const FormatTraits &traits;
  DotKind kind;
  DotStep dot;
  UnpackedGroup layout;
  int tokens, vectors;

  Value loadLine(Value group, int64_t offset, int vector, VectorType type) {
    int bytes = kb.facts.vectorBytes;
    return kb.load(type, kb.at(group, offset + vector * bytes), bytes);
  }
  /// Adds the products of `count` quads; activations and `quants` point at the
  /// first one, which is quad `index` of its group.
  void addQuads(Value quants, ArrayRef<Value> activations, int index, int count,
                llvm::SmallVectorImpl<DotState> &states);
  /// int32 sums of quads first .. last-1: token by token, vector by vector.
  Values sumQuads(Value group, ArrayRef<Value> activations, int first, int last,
                  llvm::SmallVectorImpl<DotState> &states);
  /// The same of a long group in stretches of 8 quads, for which states have room.
  Values sumStretches(Value group, ArrayRef<Value> activations, ArrayRef<TokenScales> scales);
};

void IntegerTile::addQuads(Value quants, ArrayRef<Value> activations, int index, int count,
                           llvm::SmallVectorImpl<DotState> &states) {
  llvm::SmallVector<ActivationGroup> tokensOf;
  for (Value address : activations)
    tokensOf.emplace_back(kb, address);
  for (int quad = 0; quad < count; ++quad) {
    llvm::SmallVector<DotWeight> weights;
    for (int v = 0; v < vectors; ++v)
      weights.push_back(dot.weight(loadLine(quants, 128 * quad, v, kb.vecI8())));
    for (int t = 0; t < tokens; ++t) {
      ActivationQuad act = tokensOf[t].quad(quad);
      for (int v = 0; v < vectors; ++v)
        dot.step(states[t * vectors + v], weights[v], act, index + quad);
    }
  }
}

Values IntegerTile::sumQuads(Value group, ArrayRef<Value> activations, int first, int last,
                             llvm::SmallVectorImpl<DotState> &states) {
  auto at = [&](ValueRange addresses, Value offset) {
    Values moved;
    for (Value address : addresses)
      moved.push_back(kb.at(address, offset));
    return moved;
  };
  Value quants = kb.at(group, layout.quantsOffset);
  if (isDot4(kind)) {
    addQuads(kb.at(quants, 128 * first), at(activations, kb.constI64(4 * first)), 0, last - first,
             states);
  } else {
    // These sums are plain additions, which LLVM would reorder until nothing
    // fits the registers; it leaves the order of iterations alone.
    const bool four = kb.facts.arch == KernelArch::AArch64 || kind == DotKind::MaddFiveBit;
    const int step = four ? 4 : 2;
    Values flat;
    for (const DotState &state : states)
      flat.append(state.parts.begin(), state.parts.end());
    auto unflatten = [&](ValueRange values) {
      size_t next = 0;
      for (DotState &state : states)
        for (Value &part : state.parts)
          part = values[next++];
    };
    flat = kb.loop(
        kb.constI64(first), kb.constI64(last), step, flat,
        [&](Value quad, ValueRange carried) {
          unflatten(carried);
          addQuads(kb.at(quants, kb.shl(quad, 7)), at(activations, kb.shl(quad, 2)), 0, step,
                   states);
          Values next;
          for (const DotState &state : states)
            next.append(state.parts.begin(), state.parts.end());
          return next;
        },
        /*unroll=*/1);
    unflatten(flat);
  }
  Values sums;
  for (const DotState &state : states)
    sums.push_back(dot.finish(state));
  return sums;
}

Values IntegerTile::sumStretches(Value group, ArrayRef<Value> activations,
                                 ArrayRef<TokenScales> scales) {
  Values totals;
  for (int i = 0; i < tokens * vectors; ++i) {
    Value start = startFrom(kb, traits, scales[i / vectors], 0, unpackedZero(kb.facts, traits));
    totals.push_back(start ? kb.splat(start, kb.vecI32()) : kb.constant(kb.vecI32(), 0));
  }
  auto addStretch = [&](Value stretch, ValueRange carried) {
    Values moved, sums(carried);
    for (Value address : activations)
      moved.push_back(kb.at(address, kb.mul(stretch, kActivationGroup)));
    llvm::SmallVector<DotState> states;
    for (int i = 0; i < tokens * vectors; ++i)
      states.push_back(dot.begin(nullptr));
    Value quants = kb.at(group, kb.mul(stretch, kActivationGroup * kPanelRows));
    for (auto [sum, part] : llvm::zip_equal(sums, sumQuads(quants, moved, 0, 8, states)))
      sum = kb.add(sum, part);
    return sums;
  };
  return kb.loop(kb.constI64(0), kb.constI64(traits.stretches()), 1, totals, addStretch,
                 /*unroll=*/1);
}

Values IntegerTile::emit(Value group, ArrayRef<Value> activations, ArrayRef<TokenScales> scales,
                         ValueRange carried) {
  const int zero = unpackedZero(kb.facts, traits);
  llvm::SmallVector<DotState> states;
  Values ints;
  if (traits.parts == 2) {
    for (int part = 0; part < 2; ++part) {
      states.clear();
      for (int i = 0; i < tokens * vectors; ++i)
        states.push_back(dot.begin(startFrom(kb, traits, scales[i / vectors], part, zero)));
      Values sums = sumQuads(group, activations, 4 * part, 4 * part + 4, states);
      for (int i = 0; i < tokens * vectors; ++i) {
        Value scale = loadLine(group, layout.partScaleOffset + layout.lineBytes * part, i % vectors,
                               kb.vecI32());
        Value scaled = kb.mul(sums[i], scale);
        if (part == 0)
          ints.push_back(scaled);
        else
          ints[i] = kb.add(ints[i], scaled);
      }
    }
  } else if (dot.quadsAtOnce(traits.quads()) == traits.quads()) {
    for (int t = 0; t < tokens; ++t)
      for (int v = 0; v < vectors; ++v)
        states.push_back(dot.beginForF32(startFrom(kb, traits, scales[t], 0, zero)));
    ints = sumQuads(group, activations, 0, traits.quads(), states);
  } else {
    ints = sumStretches(group, activations, scales);
  }
  // Sums of halves with integer scales are ordinary integers.
  auto scaled = [&](Value sum, const TokenScale &scale) {
    return traits.parts == 2 ? kb.mulF(kb.toF32(sum), scale.value) : dot.scaled(sum, scale);
  };

  Values sums(carried);
  for (int v = 0; v < vectors; ++v) {
    Value rowScale = loadLine(group, 0, v, kb.vecF32());
    for (int t = 0; t < tokens; ++t) {
      Value &sum = sums[t * vectors + v];
      sum = accumulateScaled(kb, sum, scaled(ints[t * vectors + v], scales[t].scale), rowScale);
    }
    for (int part = 0; traits.hasMinimum() && part < traits.parts; ++part) {
      Value minimum = loadLine(group, layout.minOffset + part * layout.lineBytes, v, kb.vecF32());
      for (int t = 0; t < tokens; ++t) {
        Value &sum = sums[t * vectors + v];
        sum = kb.fmuladd(scales[t].scaledSum[part], minimum, sum);
      }
    }
  }
  return sums;
}

} // namespace

Values emitIntegerTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                       int tokens, Value buffer, Value tokenIndex, Value step, Value length,
                       ValueRange sums, Value scratch) {
  IntegerTile tile(kb, spec, tokens, scratch);
  const int64_t groupBytes = unpackedGroup(kb.facts, spec.format).bytes;
  Value groups = kb.divU(args.k, kActivationGroup);
  // Addresses of the part's first group, token by token.
  Values actQ, scale, neg8;
  for (int t = 0; t < tokens; ++t) {
    Value token = kb.add(tokenIndex, kb.constI64(t));
    Value group =
        kb.add(kb.mul(token, groups), kb.mul(step, formatTraits(spec.format).stretches()));
    actQ.push_back(kb.at(args.actQ, kb.mul(group, kActivationGroup)));
    scale.push_back(kb.at(args.actScale, kb.shl(group, 2)));
    neg8.push_back(kb.at(args.actNeg8, kb.shl(group, 2)));
  }
  const FormatTraits &traits = formatTraits(spec.format);
  return kb.loop(kb.constI64(0), length, 1, sums, [&](Value i, ValueRange carried) {
    Value offset = kb.mul(i, 4 * traits.stretches()), quads = kb.mul(i, traits.group);
    Values activations;
    llvm::SmallVector<TokenScales> scales;
    for (int t = 0; t < tokens; ++t) {
      activations.push_back(kb.at(actQ[t], quads));
      scales.push_back(loadTokenScales(
          kb, traits, {kb.at(scale[t], offset), kb.at(neg8[t], offset), activations.back()}));
    }
    return tile.emit(kb.base(kb.at(buffer, kb.mul(i, groupBytes))), activations, scales, carried);
  });
}

Values emitFloatTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                     int tokens, Value buffer, Value tokenIndex, Value step, Value length,
                     ValueRange sums, Value) {
  const int vectors = spec.nr / kb.facts.lanes();
  Values act;
  for (int t = 0; t < tokens; ++t) {
    Value token = kb.add(tokenIndex, kb.constI64(t));
    act.push_back(kb.at(args.actQ, kb.shl(kb.add(kb.mul(token, args.k), step), 2)));
  }
  return kb.loop(kb.constI64(0), length, 1, sums, [&](Value i, ValueRange carried) {
    Value line = kb.at(buffer, kb.mul(i, 4 * kPanelRows));
    Values weights, next;
    for (int v = 0; v < vectors; ++v)
      weights.push_back(
          kb.load(kb.vecF32(), kb.at(line, v * kb.facts.vectorBytes), kb.facts.vectorBytes));
    for (int t = 0; t < tokens; ++t) {
      Value value = kb.splat(kb.load(kb.f32(), kb.at(act[t], kb.shl(i, 2)), 4), kb.vecF32());
      for (int v = 0; v < vectors; ++v)
        next.push_back(kb.fmuladd(weights[v], value, carried[t * vectors + v]));
    }
    return next;
  });
}

} // namespace qwenc
