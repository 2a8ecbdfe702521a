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

/// Addresses in an unpacked group.
class GroupAddress {
public:
  /// `first`: where the group begins, or, where loads below are cheaper, base(0).
  GroupAddress(KernelBuilder &kb, Value first, int64_t bytes) : kb(kb), bytes(bytes) {
    bases = {kb.base(first)};
    for (int64_t from = end(0); kb.facts.loadsBelow() && from < bytes; from = end(from))
      bases.push_back(kb.base(kb.at(bases.back(), end(from) - from)));
  }
  /// End of what the first of the addresses reaches: of the next group after this one.
  static Value base(KernelBuilder &kb, Value begin, int64_t bytes) {
    return kb.at(begin, std::min(bytes, kReach));
  }
  Value next() const { return base(kb, bases.back(), bytes); }
  Value at(int64_t offset) const {
    if (!kb.facts.loadsBelow())
      return kb.at(bases[0], offset);
    return kb.at(bases[offset / kReach], offset - end(offset));
  }

private:
  /// Bytes below an address that a load reaches.
  static constexpr int64_t kReach = 256;

  KernelBuilder &kb;
  int64_t bytes;
  Values bases;

  int64_t end(int64_t offset) const { return std::min(bytes, (offset / kReach + 1) * kReach); }
};

class IntegerTile {
public:
  IntegerTile(KernelBuilder &kb, const MatmulKernelSpec &spec, int tokens, Value scratch)
      : kb(kb), traits(formatTraits(spec.format)), kind(kb.facts.dotKind(traits.operand)),
        dot(kb, kind, spec.startsInMemory ? scratch : Value()),
        layout(unpackedGroup(kb.facts, spec.format, spec.nr)), tokens(tokens),
        vectors(spec.nr / kb.facts.lanes()) {}

  /// Adds one unpacked group to the sums.
  Values emit(const GroupAddress &group, ArrayRef<TokenAddresses> addresses, ValueRange carried);

private:
  KernelBuilder &kb;
  const FormatTraits &traits;
  DotKind kind;
  DotStep dot;
  UnpackedGroup layout;
  int tokens, vectors;

  Value loadLine(const GroupAddress &group, int64_t offset, int vector, VectorType type) {
    int bytes = kb.facts.vectorBytes;
    Value address = group.at(offset + vector * bytes);
    // Two loads would become one of a pair, which has offsets of another kind.
    return kb.facts.loadsBelow() ? kb.loadAgain(type, address, bytes)
                                 : kb.load(type, address, bytes);
  }
  /// Adds the products of `count` quads; activations and the quants at `offset` are
  /// those of the first one, which is quad `index` of its group.
  void addQuads(const GroupAddress &group, int64_t offset, ArrayRef<Value> activations, int index,
                int count, llvm::SmallVectorImpl<DotState> &states);
  /// int32 sums of quads first .. last-1: token by token, vector by vector.
  Values sumQuads(const GroupAddress &group, ArrayRef<Value> activations, int first, int last,
                  llvm::SmallVectorImpl<DotState> &states);
  /// The same of a long group in stretches of 8 quads, for which states have room.
  Values sumStretches(const GroupAddress &group, ArrayRef<Value> activations,
                      ArrayRef<TokenScales> scales);
};

void IntegerTile::addQuads(const GroupAddress &group, int64_t offset, ArrayRef<Value> activations,
                           int index, int count, llvm::SmallVectorImpl<DotState> &states) {
  llvm::SmallVector<ActivationGroup> tokensOf;
  for (Value address : activations)
    tokensOf.emplace_back(kb, address);
  for (int quad = 0; quad < count; ++quad) {
    llvm::SmallVector<DotWeight> weights;
    for (int v = 0; v < vectors; ++v)
      weights.push_back(
          dot.weight(loadLine(group, offset + layout.quadBytes * quad, v, kb.vecI8())));
    for (int t = 0; t < tokens; ++t) {
      ActivationQuad act = tokensOf[t].quad(quad);
      for (int v = 0; v < vectors; ++v)
        dot.step(states[t * vectors + v], weights[v], act, index + quad);
    }
  }
}

Values IntegerTile::sumQuads(const GroupAddress &group, ArrayRef<Value> activations, int first,
                             int last, llvm::SmallVectorImpl<DotState> &states) {
  auto at = [&](ValueRange addresses, Value offset) {
    Values moved;
    for (Value address : addresses)
      moved.push_back(kb.at(address, offset));
    return moved;
  };
  if (isDot4(kind)) {
    addQuads(group, layout.quantsOffset + layout.quadBytes * first,
             at(activations, kb.constI64(4 * first)), 0, last - first, states);
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
          Value quads = kb.at(group.at(layout.quantsOffset), kb.mul(quad, layout.quadBytes));
          addQuads(GroupAddress(kb, quads, step * layout.quadBytes), 0,
                   at(activations, kb.shl(quad, 2)), 0, step, states);
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

Values IntegerTile::sumStretches(const GroupAddress &group, ArrayRef<Value> activations,
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
    Value first = kb.at(group.at(0), kb.mul(stretch, kActivationGroup * kPanelRows));
    GroupAddress quads(kb, first, layout.bytes);
    for (auto [sum, part] : llvm::zip_equal(sums, sumQuads(quads, moved, 0, 8, states)))
      sum = kb.add(sum, part);
    return sums;
  };
  return kb.loop(kb.constI64(0), kb.constI64(traits.stretches()), 1, totals, addStretch,
                 /*unroll=*/1);
}

Values IntegerTile::emit(const GroupAddress &group, ArrayRef<TokenAddresses> addresses,
                         ValueRange carried) {
  const int zero = unpackedZero(kb.facts, traits);
  Values activations;
  for (const TokenAddresses &address : addresses)
    activations.push_back(address.activations);
  llvm::SmallVector<TokenScales> scales(tokens);
  auto loadScales = [&](int t) { scales[t] = loadTokenScales(kb, traits, addresses[t]); };
  // A large tile has no registers for scales beside its activations.
  const bool scalesLast = kb.facts.loadsBelow();
  for (int t = 0; t < tokens && !scalesLast; ++t)
    loadScales(t);
  // Each line is loaded once, when the first token needs it.
  llvm::DenseMap<int64_t, Value> lines;
  auto line = [&](int64_t offset, int v, VectorType type) {
    Value &value = lines[offset + v * kb.facts.vectorBytes];
    if (!value)
      value = loadLine(group, offset, v, type);
    return value;
  };
  llvm::SmallVector<DotState> states;
  Values ints;
  if (traits.parts == 2) {
    for (int part = 0; part < 2; ++part) {
      states.clear();
      for (int i = 0; i < tokens * vectors; ++i)
        states.push_back(dot.begin(startFrom(kb, traits, scales[i / vectors], part, zero)));
      Values sums = sumQuads(group, activations, 4 * part, 4 * part + 4, states);
      for (int i = 0; i < tokens * vectors; ++i) {
        Value scale =
            line(layout.partScaleOffset + layout.lineBytes * part, i % vectors, kb.vecI32());
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
  auto add = [&](int t, int v) {
    Value &sum = sums[t * vectors + v];
    Value rowScale = traits.scale == ScaleKind::Row ? Value() : line(0, v, kb.vecF32());
    sum = accumulateScaled(kb, sum, scaled(ints[t * vectors + v], scales[t].scale), rowScale);
    for (int part = 0; traits.hasMinimum() && part < traits.parts; ++part)
      sum = kb.fmuladd(scales[t].scaledSum[part],
                       line(layout.minOffset + part * layout.lineBytes, v, kb.vecF32()), sum);
  };
  if (scalesLast) {
    for (int t = 0; t < tokens; ++t) {
      loadScales(t);
      for (int v = 0; v < vectors; ++v)
        add(t, v);
    }
  } else {
    for (int v = 0; v < vectors; ++v)
      for (int t = 0; t < tokens; ++t)
        add(t, v);
  }
  return sums;
}

} // namespace

Values emitIntegerTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                       int tokens, Value buffer, Value tokenIndex, Value step, Value length,
                       ValueRange sums, Value scratch) {
  const bool below = kb.facts.loadsBelow();
  const int64_t vectorBytes = kb.facts.vectorBytes;
  if (below)
    scratch = kb.at(kb.base(kb.at(scratch, vectorBytes)), -vectorBytes);
  IntegerTile tile(kb, spec, tokens, scratch);
  const int64_t groupBytes = unpackedGroup(kb.facts, spec.format, spec.nr).bytes;
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
  const int64_t scaleBytes = 4 * traits.stretches();
  // For loads below addresses, the loop carries what lies behind a step's. They move on
  // last, so that products begin soon; LLVM would move them first if it knew that the
  // first ones have moved as well.
  Values carried(sums);
  if (below) {
    carried.push_back(kb.base(GroupAddress::base(kb, buffer, groupBytes)));
    for (int t = 0; t < tokens; ++t)
      carried.append({kb.base(kb.at(actQ[t], traits.group)), kb.base(kb.at(scale[t], scaleBytes))});
  }
  carried = kb.loop(kb.constI64(0), length, 1, carried, [&](Value i, ValueRange carried) {
    ValueRange behind = carried.drop_front(sums.size());
    GroupAddress group(kb, below ? behind[0] : kb.at(buffer, kb.mul(i, groupBytes)), groupBytes);
    Values ends;
    auto address = [&](Value first, int64_t bytes) {
      if (!below)
        return kb.at(first, kb.mul(i, bytes));
      ends.push_back(kb.base(behind[1 + ends.size()]));
      return kb.at(ends.back(), -bytes);
    };
    llvm::SmallVector<TokenAddresses> tokenAddresses(tokens);
    for (int t = 0; t < tokens; ++t) {
      tokenAddresses[t].activations = address(actQ[t], traits.group);
      tokenAddresses[t].scale = address(scale[t], scaleBytes);
      tokenAddresses[t].neg8 = kb.at(neg8[t], kb.mul(i, scaleBytes));
    }
    Values next = tile.emit(group, tokenAddresses, carried.take_front(sums.size()));
    if (below)
      next.push_back(group.next());
    for (auto [index, end] : llvm::enumerate(ends))
      next.push_back(kb.at(end, index % 2 == 0 ? traits.group : scaleBytes));
    return next;
  });
  carried.truncate(sums.size());
  return carried;
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
