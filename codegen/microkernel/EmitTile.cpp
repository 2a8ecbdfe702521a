//===- codegen/microkernel/EmitTile.cpp - register tiles of prefill -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile holds tokens x spec.nr sums in registers and walks along k through an
// unpacked panel. Integers: int32 sums of one group of k, then the fp32 sums.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/DotStep.h"
#include "codegen/microkernel/MatmulEmitters.h"
#include "codegen/microkernel/ScaleEpilogue.h"
#include "codegen/microkernel/TokenTable.h"
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

using ScalesOf = llvm::function_ref<llvm::SmallVector<TokenScales>()>;

class IntegerTile {
public:
  IntegerTile(KernelBuilder &kb, const MatmulKernelSpec &spec, int tokens, Value starts)
      : kb(kb), traits(formatTraits(spec.format)), kind(kb.facts.dotKind(traits.operand)),
        dot(kb, kind, spec.startsInMemory ? starts : Value()),
        layout(unpackedGroup(kb.facts, spec.format, spec.nr)), tokens(tokens),
        vectors(spec.nr / kb.facts.lanes()) {}

  /// Adds one unpacked group to the sums. `loadScales` is called where the scales of
  /// the tokens are wanted.
  Values emit(const GroupAddress &group, ArrayRef<Value> activations, ScalesOf loadScales,
              ValueRange carried);

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
  /// Adds the products of quad `index` of the activations with the quants at `offset`.
  void addQuad(const GroupAddress &group, int64_t offset,
               llvm::MutableArrayRef<ActivationGroup> activations, int index,
               llvm::SmallVectorImpl<DotState> &states);
  /// Adds quads first .. last-1 to the states: token by token, vector by vector.
  void addQuads(const GroupAddress &group, ArrayRef<Value> activations, int first, int last,
                llvm::SmallVectorImpl<DotState> &states);
  /// int32 sums of them.
  Values sumQuads(const GroupAddress &group, ArrayRef<Value> activations, int first, int last,
                  llvm::SmallVectorImpl<DotState> &states);
  /// Sums of a group of two parts, each times its rows' scales: int32, or the same in fp32.
  Values sumParts(const GroupAddress &group, ArrayRef<Value> activations,
                  ArrayRef<TokenScales> scales);
  /// The same of a long group in stretches of 8 quads, for which states have room.
  Values sumStretches(const GroupAddress &group, ArrayRef<Value> activations,
                      ArrayRef<TokenScales> scales);
};

void IntegerTile::addQuad(const GroupAddress &group, int64_t offset,
                          llvm::MutableArrayRef<ActivationGroup> activations, int index,
                          llvm::SmallVectorImpl<DotState> &states) {
  llvm::SmallVector<DotWeight> weights;
  for (int v = 0; v < vectors; ++v)
    weights.push_back(dot.weight(loadLine(group, offset, v, kb.vecI8())));
  for (int t = 0; t < tokens; ++t) {
    ActivationQuad act = activations[t].quad(index);
    for (int v = 0; v < vectors; ++v)
      dot.step(states[t * vectors + v], weights[v], act, index);
  }
}

void IntegerTile::addQuads(const GroupAddress &group, ArrayRef<Value> activations, int first,
                           int last, llvm::SmallVectorImpl<DotState> &states) {
  auto activationsAt = [&](Value quad) {
    std::vector<ActivationGroup> tokensOf;
    for (Value address : activations)
      tokensOf.emplace_back(kb, kb.at(address, kb.shl(quad, 2)));
    return tokensOf;
  };
  if (isDot4(kind) || kb.facts.arch == KernelArch::AArch64) {
    // One piece of code for the whole group, so that its end overlaps with the products
    // of the next one.
    auto tokensOf = activationsAt(kb.constI64(first));
    for (int quad = first; quad < last; ++quad) {
      addQuad(group, layout.quantsOffset + layout.quadBytes * quad, tokensOf, quad - first, states);
      if (isDot4(kind))
        continue;
      for (DotState &state : states)
        for (Value &part : state.parts)
          part = kb.settled(part);
    }
  } else {
    // These sums are plain additions, which LLVM would reorder until nothing
    // fits the registers; it leaves the order of iterations alone.
    const int step = kind == DotKind::MaddFiveBit ? 4 : 2;
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
          GroupAddress address(kb, quads, step * layout.quadBytes);
          auto tokensOf = activationsAt(quad);
          for (int i = 0; i < step; ++i)
            addQuad(address, i * layout.quadBytes, tokensOf, i, states);
          Values next;
          for (const DotState &state : states)
            next.append(state.parts.begin(), state.parts.end());
          return next;
        },
        /*unroll=*/1);
    unflatten(flat);
  }
}

Values IntegerTile::sumQuads(const GroupAddress &group, ArrayRef<Value> activations, int first,
                             int last, llvm::SmallVectorImpl<DotState> &states) {
  addQuads(group, activations, first, last, states);
  Values sums;
  for (const DotState &state : states)
    sums.push_back(dot.finish(state));
  return sums;
}

Values IntegerTile::sumParts(const GroupAddress &group, ArrayRef<Value> activations,
                             ArrayRef<TokenScales> scales) {
  const PartScaleForm form = partScaleForm(kb.facts, traits);
  const int zero = unpackedZero(kb.facts, traits);
  Values totals(tokens * vectors);
  for (int part = 0; part < 2; ++part) {
    llvm::SmallVector<DotState> states;
    for (int i = 0; i < tokens * vectors; ++i)
      states.push_back(dot.begin(startFrom(kb, traits, scales[i / vectors], part, zero)));
    addQuads(group, activations, 4 * part, 4 * part + 4, states);
    Values factors;
    for (int v = 0; v < vectors; ++v)
      factors.push_back(loadLine(group, layout.partScaleOffset + layout.lineBytes * part, v,
                                 form == PartScaleForm::Float ? kb.vecF32() : kb.vecI32()));
    for (int i = 0; i < tokens * vectors; ++i) {
      Value &total = totals[i], factor = factors[i % vectors];
      if (form == PartScaleForm::Float) {
        Value sum = kb.toF32(dot.finish(states[i]));
        total = part == 0 ? kb.mulF(sum, factor) : kb.fmuladd(sum, factor, total);
        continue;
      }
      Value scaled = form == PartScaleForm::Pairs ? dot.finishScaled(states[i], factor)
                                                  : kb.mul(dot.finish(states[i]), factor);
      total = part == 0 ? scaled : kb.add(total, scaled);
    }
  }
  return totals;
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

Values IntegerTile::emit(const GroupAddress &group, ArrayRef<Value> activations,
                         ScalesOf loadScales, ValueRange carried) {
  const int zero = unpackedZero(kb.facts, traits);
  // A large tile has no registers for scales beside its activations; where sums start
  // from zero anyway, nothing of the tokens is wanted before.
  const bool scalesLast = kb.facts.loadsBelow();
  llvm::SmallVector<TokenScales> scales(tokens);
  if (!scalesLast)
    scales = loadScales();
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
    ints = sumParts(group, activations, scales);
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
    if (traits.parts == 1)
      return dot.scaled(sum, scale);
    return kb.mulF(sum.getType() == kb.vecF32() ? sum : kb.toF32(sum), scale.value);
  };

  Values sums(carried);
  auto add = [&](int t, int v) {
    Value &sum = sums[t * vectors + v];
    Value rowScale = traits.scale == ScaleKind::Row ? Value() : line(0, v, kb.vecF32());
    sum = accumulateScaled(kb, sum, scaled(ints[t * vectors + v], scales[t].scale), rowScale);
    for (int part = 0; traits.hasMinimum() && part < traits.parts; ++part)
      sum = accumulateMinimum(kb, traits, sum, scales[t].scaledSum[part],
                              line(layout.minOffset + part * layout.lineBytes, v, kb.vecF32()));
  };
  if (scalesLast) {
    scales = loadScales();
    for (int t = 0; t < tokens; ++t)
      for (int v = 0; v < vectors; ++v)
        add(t, v);
  } else {
    for (int v = 0; v < vectors; ++v)
      for (int t = 0; t < tokens; ++t)
        add(t, v);
  }
  return sums;
}

} // namespace

llvm::SmallVector<TokenAddresses> tileTokens(KernelBuilder &kb, const MatmulKernelSpec &spec,
                                             const MatmulArguments &args, int tokens, Value token,
                                             Value step) {
  const FormatTraits &traits = formatTraits(spec.format);
  const TokenAddresses all{args.actScale, args.actNeg8, args.actSums, args.actQ};
  llvm::SmallVector<TokenAddresses> addresses;
  Value groups = kb.divU(args.k, traits.group);
  for (int t = 0; t < tokens; ++t) {
    Value row = kb.mul(kb.add(token, kb.constI64(t)), groups);
    addresses.push_back(movedOn(kb, traits, all, kb.add(row, step)));
  }
  return addresses;
}

/// The tile where loads below addresses are cheaper: the loop carries what lies behind a
/// step's. Addresses move on last, so that products begin soon; LLVM would move them first
/// if it knew that the first ones have moved as well.
static Values emitTileBelow(KernelBuilder &kb, const MatmulKernelSpec &spec,
                            const MatmulArguments &args, const PrefillTile &place,
                            ValueRange sums) {
  const FormatTraits &traits = formatTraits(spec.format);
  const int64_t vectorBytes = kb.facts.vectorBytes;
  IntegerTile tile(kb, spec, place.tokens,
                   kb.at(kb.base(kb.at(place.scratch, vectorBytes)), -vectorBytes));
  TokenTable table(kb, traits, place.tokens);
  const int64_t groupBytes = unpackedGroup(kb.facts, spec.format, spec.nr).bytes;
  Values carried(sums);
  carried.append({kb.base(GroupAddress::base(kb, place.buffer, groupBytes)),
                  kb.base(GroupAddress::base(kb, place.table, table.bytes()))});
  for (const TokenAddresses &token :
       tileTokens(kb, spec, args, place.tokens, place.token, place.step))
    carried.push_back(kb.base(kb.at(token.activations, traits.group)));
  carried = kb.loop(kb.constI64(0), place.length, 1, carried, [&](Value, ValueRange carried) {
    ValueRange behind = carried.drop_front(sums.size());
    GroupAddress group(kb, behind[0], groupBytes), scales(kb, behind[1], table.bytes());
    Values ends, activations;
    for (Value end : behind.drop_front(2)) {
      ends.push_back(kb.base(end));
      activations.push_back(kb.at(ends.back(), -traits.group));
    }
    Values next = tile.emit(
        group, activations,
        [&] { return table.load([&](int64_t offset) { return scales.at(offset); }); },
        carried.take_front(sums.size()));
    next.append({group.next(), scales.next()});
    for (Value end : ends)
      next.push_back(kb.at(end, traits.group));
    return next;
  });
  carried.truncate(sums.size());
  return carried;
}

Values emitIntegerTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                       const PrefillTile &place, ValueRange sums) {
  const FormatTraits &traits = formatTraits(spec.format);
  const int tokens = place.tokens;
  if (place.table)
    return emitTileBelow(kb, spec, args, place, sums);
  IntegerTile tile(kb, spec, tokens, place.scratch);
  const int64_t groupBytes = unpackedGroup(kb.facts, spec.format, spec.nr).bytes;
  const auto first = tileTokens(kb, spec, args, tokens, place.token, place.step);
  return kb.loop(kb.constI64(0), place.length, 1, sums, [&](Value i, ValueRange carried) {
    GroupAddress group(kb, kb.at(place.buffer, kb.mul(i, groupBytes)), groupBytes);
    Values activations;
    llvm::SmallVector<TokenAddresses> here;
    for (const TokenAddresses &token : first) {
      here.push_back(movedOn(kb, traits, token, i));
      activations.push_back(here.back().activations);
    }
    auto loadScales = [&] {
      llvm::SmallVector<TokenScales> scales;
      for (const TokenAddresses &token : here)
        scales.push_back(loadTokenScales(kb, traits, token));
      return scales;
    };
    return tile.emit(group, activations, loadScales, carried);
  });
}

Values emitFloatTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                     const PrefillTile &place, ValueRange sums) {
  const int vectors = spec.nr / kb.facts.lanes();
  Values act;
  for (int t = 0; t < place.tokens; ++t) {
    Value token = kb.add(place.token, kb.constI64(t));
    act.push_back(kb.at(args.actQ, kb.shl(kb.add(kb.mul(token, args.k), place.step), 2)));
  }
  return kb.loop(kb.constI64(0), place.length, 1, sums, [&](Value i, ValueRange carried) {
    Value line = kb.at(place.buffer, kb.mul(i, 4 * kPanelRows));
    Values weights, next;
    for (int v = 0; v < vectors; ++v)
      weights.push_back(
          kb.load(kb.vecF32(), kb.at(line, v * kb.facts.vectorBytes), kb.facts.vectorBytes));
    for (int t = 0; t < place.tokens; ++t) {
      Value value = kb.splat(kb.load(kb.f32(), kb.at(act[t], kb.shl(i, 2)), 4), kb.vecF32());
      for (int v = 0; v < vectors; ++v)
        next.push_back(kb.fmuladd(weights[v], value, carried[t * vectors + v]));
    }
    return next;
  });
}

} // namespace qwenc
