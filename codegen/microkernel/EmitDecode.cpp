//===- codegen/microkernel/EmitDecode.cpp - one token, or a few -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights stream from memory once and are the only thing that takes time, so a
// kernel reads a thread's panels as one contiguous range, and touches a byte
// with as few instructions as it can:
//
//   group of k:   8 quads (or more) x raw vectors -> int32 sums of 32 rows -> fp32 sums
//
// Where an instruction adds 4 products to an int32, two rows' nibbles of the
// same k share a byte, raw = 16 * high + low, and high needs no unpacking:
//
//   sum(high * a) = (sum(raw * a) - sum(low * a)) / 16
//
// A few tokens (drafts that are verified, short prompts) share each vector of
// weights that was loaded and taken apart. A tile of prefill would first write the
// whole panel as bytes, which pays for itself with more tokens than those.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/DotStep.h"
#include "codegen/microkernel/MatmulEmitters.h"
#include "codegen/microkernel/ScaleEpilogue.h"
#include "codegen/microkernel/UnpackWeights.h"
#include "codegen/microkernel/WeightCodes.h"

using namespace mlir;

namespace qwenc {
namespace {

/// Tokens that share a vector of weights.
constexpr int kBatchTile = 4;

/// One token's group of k: where its activations are, and its scales.
struct TokenGroup {
  Value activations;
  TokenScales scales;
};

/// One group of k of one panel, and of every token.
struct Group {
  Value block;
  Value parts; ///< null but for blocks of 256
  Value quants;
  llvm::SmallVector<TokenGroup, 4> tokens;
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

  /// Adds the group to the fp32 sums, token by token one vector of rows each.
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
  Value start(const TokenGroup &token, int part, int half) {
    return startFrom(kb, traits, token.scales, part, operandZero(kb.facts, traits, half));
  }
  std::vector<ActivationGroup> activationsOf(const Group &group) {
    std::vector<ActivationGroup> activations;
    for (const TokenGroup &token : group.tokens)
      activations.emplace_back(kb, token.activations);
    return activations;
  }
  /// Adds `scaled` sums of a token's vector of rows to the fp32 ones.
  void scaleRows(const Group &group, size_t token, int vector, Value scaled, Values &sums);
  /// Adds the products with quads first .. last-1 to the states of low and high rows,
  /// token by token `count` vectors each. `weights` gives a vector of both.
  void addQuads(const Group &group, int count, int first, int last,
                llvm::function_ref<RowPair(int vector, int quad)> weights,
                llvm::MutableArrayRef<DotState> low, llvm::MutableArrayRef<DotState> high);
  void rawNibbles(const Group &group, int first, int count, Values &sums);
  void bitSums(const Group &group, int first, int count, llvm::SmallVector<DotState> (&bits)[2]);
  void operands(const Group &group, int first, int count, Values &sums);
  void parts(const Group &group, int v, Values &sums);
};

void DecodeGroup::scaleRows(const Group &group, size_t token, int vector, Value scaled,
                            Values &sums) {
  RowScales rows(kb, format, group.block, group.parts, floats ? &*floats : nullptr);
  Value &sum = sums[token * vectors + vector];
  sum = accumulateScaled(kb, sum, scaled, rows.scale(vector));
  for (int part = 0; traits.hasMinimum() && part < traits.parts; ++part)
    sum = accumulateMinimum(kb, traits, sum, group.tokens[token].scales.scaledSum[part],
                            rows.minimum(vector, part));
}

/// -sum(bit * activation) of upper planes of one bit, for low and high rows: a test
/// makes -1 of a bit, which is a weight then.
void DecodeGroup::bitSums(const Group &group, int first, int count,
                          llvm::SmallVector<DotState> (&bits)[2]) {
  const size_t tokens = group.tokens.size();
  for (auto &states : bits)
    for (size_t i = 0; i < tokens * count; ++i)
      states.push_back(dot.begin(nullptr));
  auto activations = activationsOf(group);
  Values chunks(count);
  for (int quad = 0; quad < 8; ++quad)
    for (int v = 0; v < count; ++v)
      for (int half : {0, 1}) {
        const PlanePosition position = planePosition(traits, 1, quad, half);
        if (position.shift == 0) {
          const int64_t offset = position.offset + (first + v) * bytes;
          chunks[v] = kb.load(kb.vecI8(), kb.at(group.quants, offset), bytes);
        }
        DotWeight set = dot.weight(kb.testBits(chunks[v], int64_t(1) << position.shift));
        for (size_t t = 0; t < tokens; ++t)
          dot.step(bits[half][t * count + v], set, activations[t].quad(quad), quad);
      }
}

void DecodeGroup::addQuads(const Group &group, int count, int first, int last,
                           llvm::function_ref<RowPair(int, int)> weights,
                           llvm::MutableArrayRef<DotState> low,
                           llvm::MutableArrayRef<DotState> high) {
  auto activations = activationsOf(group);
  for (int quad = first; quad < last; ++quad)
    for (int v = 0; v < count; ++v) {
      RowPair rows = weights(v, quad);
      DotWeight lowWeight = dot.weight(rows.low), highWeight = dot.weight(rows.high);
      for (size_t t = 0; t < group.tokens.size(); ++t) {
        ActivationQuad act = activations[t].quad(quad);
        dot.step(low[t * count + v], lowWeight, act, quad);
        dot.step(high[t * count + v], highWeight, act, quad);
      }
    }
}

/// Nibbles of two rows in a byte: the raw byte is an operand.
void DecodeGroup::rawNibbles(const Group &group, int first, int count, Values &sums) {
  const size_t tokens = group.tokens.size();
  const int lowZero = operandZero(kb.facts, traits, 0);
  const int highZero = operandZero(kb.facts, traits, 1);
  llvm::SmallVector<DotState> low, raw, bits[2]; // token by token, vector by vector
  if (traits.planes() == 2)
    bitSums(group, first, count, bits);
  for (size_t i = 0; i < tokens * count; ++i) {
    const TokenScales &scales = group.tokens[i / count].scales;
    TokenScales token = i % count == 0 ? scales : anotherStart(kb, scales);
    auto from = [&](int zero) { return startFrom(kb, traits, token, 0, zero); };
    low.push_back(dot.beginForF32(from(lowZero)));
    if (traits.planes() == 1) {
      raw.push_back(dot.beginRawForF32(from(lowZero + 16 * highZero)));
      continue;
    }
    // Raw sums are 16 times the high rows' and the low rows', bits included.
    Value &lowStart = low.back().parts[0];
    lowStart = kb.sub(lowStart, kb.shl(dot.finish(bits[0][i]), 4));
    Value highStart = kb.sub(dot.beginAboveForF32(from(16 * highZero)).parts[0],
                             kb.shl(dot.finish(bits[1][i]), 8));
    raw.push_back({{kb.add(lowStart, highStart)}});
  }
  auto lowAndRaw = [&](int v, int quad) {
    const int64_t offset = planePosition(traits, 0, quad, 0).offset + (first + v) * bytes;
    Value stored = kb.load(kb.vecI8(), kb.at(group.quants, offset), bytes);
    return RowPair{splitNibbles(kb, traits, stored).low, stored};
  };
  addQuads(group, count, 0, traits.quads(), lowAndRaw, low, raw);
  for (size_t t = 0; t < tokens; ++t)
    for (int v = 0; v < count; ++v) {
      const TokenScales &scales = group.tokens[t].scales;
      Value lowSum = dot.finish(low[t * count + v]), rawSum = dot.finish(raw[t * count + v]);
      scaleRows(group, t, first + v, dot.scaled(lowSum, scales.scale), sums);
      scaleRows(group, t, first + v + vectors / 2,
                dot.scaled(kb.sub(rawSum, lowSum), scales.scaleOver16), sums);
    }
}

void DecodeGroup::operands(const Group &group, int first, int count, Values &sums) {
  const size_t states = group.tokens.size() * count;
  llvm::SmallVector<GroupCodes> codes;
  for (int v = 0; v < count; ++v)
    codes.emplace_back(kb, format, group.quants, first + v);
  auto weights = [&](int v, int quad) { return codes[v].operands(quad); };
  // Sums in int16 have room for a stretch of a long group, and not for its start.
  const int quads = traits.quads(), atOnce = dot.quadsAtOnce(quads);
  Values totals[2]; // low and high rows
  for (int quad = 0; quad < quads; quad += atOnce) {
    llvm::SmallVector<DotState> sum[2];
    for (size_t i = 0; i < states; ++i)
      for (int half : {0, 1})
        sum[half].push_back(atOnce == quads
                                ? dot.beginForF32(start(group.tokens[i / count], 0, half))
                                : dot.begin(nullptr));
    addQuads(group, count, quad, quad + atOnce, weights, sum[0], sum[1]);
    for (size_t i = 0; i < states; ++i)
      for (int half : {0, 1}) {
        Value part = dot.finish(sum[half][i]);
        if (quad == 0)
          totals[half].push_back(part);
        else
          totals[half][i] = kb.add(totals[half][i], part);
      }
  }
  for (size_t i = 0; i < states; ++i)
    for (int half : {0, 1}) {
      const TokenGroup &token = group.tokens[i / count];
      Value total = totals[half][i];
      if (Value missing = atOnce == quads ? Value() : start(token, 0, half))
        total = kb.add(total, kb.splat(missing, kb.vecI32()));
      scaleRows(group, i / count, first + int(i % count) + half * vectors / 2,
                dot.scaled(total, token.scales.scale), sums);
    }
}

/// Two scales of a group multiply the int32 sums of its parts.
void DecodeGroup::parts(const Group &group, int v, Values &sums) {
  const size_t tokens = group.tokens.size();
  RowScales rowScales(kb, format, group.block, group.parts);
  GroupCodes codes(kb, format, group.quants, v);
  auto weights = [&](int, int quad) { return codes.operands(quad); };
  Values total(2 * tokens); // low and high rows of each token
  for (int part = 0; part < 2; ++part) {
    llvm::SmallVector<DotState> states[2]; // low and high rows
    for (const TokenGroup &token : group.tokens)
      for (int half : {0, 1})
        states[half].push_back(dot.begin(start(token, part, half)));
    addQuads(group, 1, 4 * part, 4 * part + 4, weights, states[0], states[1]);
    for (size_t i = 0; i < 2 * tokens; ++i) {
      Value scale = rowScales.partScale(v + int(i % 2) * vectors / 2, part);
      Value scaled = kb.mul(dot.finish(states[i % 2][i / 2]), scale);
      total[i] = part == 0 ? scaled : kb.add(total[i], scaled);
    }
  }
  for (size_t i = 0; i < 2 * tokens; ++i)
    scaleRows(group, i / 2, v + int(i % 2) * vectors / 2,
              kb.mulF(kb.toF32(total[i]), group.tokens[i / 2].scales.scale.value), sums);
}

/// A panel's tile of `tokens` tokens from `token` (i64) on. `body` gets the address of
/// the panel's blocks and the start values and returns the sums; `edge` holds the tile.
void emitPanel(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
               Value panel, int tokens, Value token, Value edge,
               llvm::function_ref<Values(Value, const Values &)> body) {
  const PackedBlock block = packedBlock(spec.format);
  Value header = kb.at(args.weights, kb.mul(panel, panelBytes(kb, block, args.k)));
  Value row = kb.mul(panel, kPanelRows), outBytes = kb.shl(args.outStride, 2);
  TokenMatrix source = startMatrix(kb, spec.epilogue, args, row, edge);
  source.address = kb.at(source.address, kb.mul(token, source.stride));
  TokenMatrix target{kb.at(args.out, kb.add(kb.mul(token, outBytes), kb.shl(row, 2))), outBytes};
  OutputTile tile(kb, source, target, tokens, kPanelRows, kb.sub(args.rows, row), edge);
  if (block.headerBytes)
    tile.scaleRows(header);
  Values sums;
  if (spec.epilogue == Epilogue::Store)
    sums.assign(tokens * kb.facts.panelVectors(), kb.constantF(kb.vecF32(), 0));
  else
    sums = tile.load();
  tile.store(body(kb.at(header, block.headerBytes), sums));
}

/// The sums of a panel at `address` over all k, for tokens from `token` (i64) on.
Values sumPanel(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                DecodeGroup &decode, Value address, int tokens, Value token, const Values &start) {
  const FormatTraits &traits = formatTraits(spec.format);
  const PackedBlock block = packedBlock(spec.format);
  const int64_t groups = block.blockK / traits.group;
  Value zero = kb.constI64(0);
  const auto rows = tileTokens(kb, spec, args, tokens, token, zero);
  auto emitGroup = [&](Value blockAddress, Value parts, Value quants, Value index,
                       ValueRange carried) {
    Group group{blockAddress, parts, quants, {}};
    for (const TokenAddresses &row : rows) {
      const TokenAddresses here = movedOn(kb, traits, row, index);
      group.tokens.push_back({here.activations, loadTokenScales(kb, traits, here)});
    }
    Values sums(carried);
    decode.emit(group, sums);
    return sums;
  };
  Value blocks = kb.divU(args.k, block.blockK);
  return kb.loop(zero, blocks, 1, start, [&](Value index, ValueRange sums) {
    Value here = kb.at(address, kb.mul(index, block.bytes));
    // As many lines as a group reads, so that they do not crowd out its loads.
    const int64_t share = block.bytes / groups;
    auto prefetch = [&](Value group) {
      if (spec.prefetchBytes)
        kb.prefetchStream(kb.at(kb.at(here, spec.prefetchBytes), kb.mul(group, share)), share,
                          spec.prefetchLevel);
    };
    Value parts = kb.at(here, block.partsOffset);
    Value quants = kb.at(here, block.quantsOffset);
    if (groups == 1) {
      prefetch(zero);
      return emitGroup(here, Value(), quants, index, sums);
    }
    return kb.loop(zero, kb.constI64(groups), 1, sums, [&](Value sub, ValueRange inner) {
      prefetch(sub);
      return emitGroup(here, kb.at(parts, kb.mul(sub, block.partsStride)),
                       kb.at(quants, kb.mul(sub, block.quantsStride)),
                       kb.add(kb.mul(index, groups), sub), inner);
    });
  });
}

/// Memory of kRoundingBits where AArch64's sums start from, see DotStep.
Value makeStarts(KernelBuilder &kb) {
  if (kb.facts.arch != KernelArch::AArch64)
    return Value();
  Value starts = kb.stackBuffer(kb.facts.vectorBytes);
  kb.store(kb.constant(kb.vecI32(), kRoundingBits), starts, kb.facts.vectorBytes);
  return starts;
}

} // namespace

void emitDecodeInteger(KernelBuilder &kb, const MatmulKernelSpec &spec,
                       const MatmulArguments &args) {
  DecodeGroup decode(kb, spec, makeStarts(kb));
  Value edge = kb.stackBuffer(4 * kPanelRows), zero = kb.constI64(0);
  kb.loop(args.panelBegin, args.panelEnd, 1, [&](Value panel) {
    emitPanel(kb, spec, args, panel, 1, zero, edge, [&](Value address, const Values &start) {
      return sumPanel(kb, spec, args, decode, address, 1, zero, start);
    });
  });
}

void emitSmallBatch(KernelBuilder &kb, const MatmulKernelSpec &prefill,
                    const MatmulArguments &args) {
  // More tokens leave registers for the sums of one pair of vectors only.
  MatmulKernelSpec spec = prefill;
  spec.nr = 2 * kb.facts.lanes();
  DecodeGroup decode(kb, spec, makeStarts(kb));
  Value edge = kb.stackBuffer(4 * kBatchTile * kPanelRows);
  kb.loop(args.panelBegin, args.panelEnd, 1, [&](Value panel) {
    auto tile = [&](int tokens, Value token) {
      emitPanel(kb, spec, args, panel, tokens, token, edge,
                [&](Value address, const Values &start) {
                  return sumPanel(kb, spec, args, decode, address, tokens, token, start);
                });
    };
    Value whole = kb.mul(kb.divU(args.m, kBatchTile), kBatchTile), rest = kb.sub(args.m, whole);
    kb.loop(kb.constI64(0), whole, kBatchTile, [&](Value token) { tile(kBatchTile, token); });
    for (int tokens = 1; tokens < kBatchTile; ++tokens)
      kb.ifThen(kb.equal(rest, kb.constI64(tokens)), [&] { tile(tokens, whole); });
  });
}

void emitDecodeFloat(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args) {
  const PackedBlock block = packedBlock(spec.format);
  const int64_t elementBytes = block.bytes / kPanelRows;
  Value edge = kb.stackBuffer(4 * kPanelRows), zero = kb.constI64(0);
  auto sum = [&](Value panel, const Values &start) {
    return kb.loop(zero, args.k, 1, start, [&](Value k, ValueRange carried) {
      Value weights = kb.at(panel, kb.mul(k, block.bytes));
      if (spec.prefetchBytes)
        kb.prefetchStream(kb.at(weights, spec.prefetchBytes), block.bytes, spec.prefetchLevel);
      Value act = kb.splat(kb.load(kb.f32(), kb.at(args.actQ, kb.shl(k, 2)), 4), kb.vecF32());
      Values sums;
      for (int v = 0; v < kb.facts.panelVectors(); ++v) {
        Value weight =
            loadFloatWeights(kb, spec.format, kb.at(weights, v * kb.facts.lanes() * elementBytes));
        sums.push_back(kb.fmuladd(weight, act, carried[v]));
      }
      return sums;
    });
  };
  kb.loop(args.panelBegin, args.panelEnd, 1,
          [&](Value panel) { emitPanel(kb, spec, args, panel, 1, zero, edge, sum); });
}

} // namespace qwenc
