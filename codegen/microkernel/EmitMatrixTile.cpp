//===- codegen/microkernel/EmitMatrixTile.cpp - 2x2 products over 8 k -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The integer tile of prefill where one instruction (smmla) multiplies 2 tokens
// with 2 rows over 8 k:
//
//   tokens   t0: k0 .. k7 | t1: k0 .. k7         of activations as they lie
//   weights  r0: k0 .. k7 | r1: k0 .. k7         of the unpacked panel
//   sum      t0*r0  t0*r1  t1*r0  t1*r1          int32
//
// This is so in each 128 bits of longer (SVE) vectors, with the next two rows and
// the same tokens in the next ones. Inside of the tile sums are such blocks of
// 2x2, outside rows of one token. Activations of two tokens are put together by
// transpositions, which a tile of all rows of a panel and few tokens needs least
// often; an odd token pairs with itself.
// What binds is the number of vector operations, so that starts of sums are
// loaded instead of copied from a register.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/DotStep.h"
#include "codegen/microkernel/MatmulEmitters.h"
#include "codegen/microkernel/ScaleEpilogue.h"
#include "codegen/microkernel/UnpackWeights.h"

using namespace mlir;

namespace qwenc {
namespace {

/// Two tokens' group.
struct TokenPair {
  Values octets;
  TokenScale scale;   ///< s0 s0 s1 s1
  Value scaledSum[2]; ///< what minima multiply, in the same order
};

class MatrixTile {
public:
  MatrixTile(KernelBuilder &kb, const MatmulKernelSpec &spec, Value scratch)
      : kb(kb), traits(formatTraits(spec.format)),
        layout(unpackedGroup(kb.facts, spec.format, spec.nr)), octets(traits.group / 8),
        bytes(kb.facts.vectorBytes), blockVectors(8 * spec.nr / bytes),
        inTurn(std::min(2 * traits.stretches(), blockVectors)), scratch(scratch) {}

  /// Loads a pair's group of activations and scales.
  TokenPair loadTokens(int pair, const TokenAddresses (&tokens)[2]);
  /// Adds one unpacked group to blocks of sums: pair of rows by pair of rows.
  Values emit(Value group, ArrayRef<TokenPair> tokens, ValueRange carried);

private:
  KernelBuilder &kb;
  const FormatTraits &traits;
  UnpackedGroup layout;
  int octets;              // of a group
  int bytes, blockVectors; // of a vector; vectors of blocks of two tokens
  int inTurn;              // of these, whose sums are made in turn
  Value scratch;

  Value loadLine(Value group, int64_t offset, int block, VectorType type) {
    return kb.load(type, kb.at(group, offset + bytes * block), bytes);
  }
  Value both(Value first, Value second);
  /// Adds the products of octets first .. last-1 to the sums of vectors of blocks from
  /// `block` on, in turn: long sums, one after the other, would wait for themselves.
  void addProducts(Value group, int block, const TokenPair &tokens, int first, int last,
                   llvm::MutableArrayRef<Value> sums);
  /// round(sum * token's scale) of `count` vectors of blocks of 2x2.
  Values scaledSums(Value group, int block, int count, const TokenPair &tokens);
};

/// first first second second, in each 128 bits
Value MatrixTile::both(Value first, Value second) {
  auto type = kb.vec(kb.facts.lanes(), first.getType());
  return kb.transpose64(kb.splat(first, type), kb.splat(second, type), 0);
}

TokenPair MatrixTile::loadTokens(int index, const TokenAddresses (&tokens)[2]) {
  TokenPair pair;
  for (int half = 0; half < octets / 2; ++half) {
    Value first = kb.loadReplicated(kb.at(tokens[0].activations, 16 * half));
    Value second = kb.loadReplicated(kb.at(tokens[1].activations, 16 * half));
    for (int odd : {0, 1})
      pair.octets.push_back(kb.transpose64(first, second, odd));
  }
  ScalarScales scalars[2];
  for (int t : {0, 1})
    scalars[t] = loadScalarScales(kb, traits, tokens[t]);
  pair.scale = makeTokenScale(kb, both(scalars[0].scale, scalars[1].scale));
  if (traits.parts == 1)
    keepOffset(kb, pair.scale, kb.at(scratch, bytes * (1 + index)));
  for (int part = 0; traits.hasMinimum() && part < traits.parts; ++part)
    pair.scaledSum[part] = both(scalars[0].scaledSum[part], scalars[1].scaledSum[part]);
  return pair;
}

void MatrixTile::addProducts(Value group, int block, const TokenPair &tokens, int first, int last,
                             llvm::MutableArrayRef<Value> sums) {
  for (int octet = first; octet < last; ++octet)
    for (auto [index, sum] : llvm::enumerate(sums)) {
      Value weights = loadLine(group, layout.quantsOffset + 2 * layout.quadBytes * octet,
                               block + int(index), kb.vecI8());
      Value operands[] = {sum, tokens.octets[octet], weights};
      sum = kb.facts.sveBits() ? kb.sve("llvm.aarch64.sve.smmla", kb.vecI32(), operands)
                               : kb.intrinsic("llvm.aarch64.neon.smmla", kb.vecI32(), operands);
    }
}

Values MatrixTile::scaledSums(Value group, int block, int count, const TokenPair &tokens) {
  Values sums(count);
  if (traits.parts == 1) {
    // DotStep::beginForF32 says why.
    for (Value &sum : sums)
      sum = kb.loadAgain(kb.vecI32(), scratch, bytes);
    addProducts(group, block, tokens, 0, octets, sums);
    for (Value &sum : sums)
      sum = scaleRoundedSum(kb, sum, tokens.scale);
    return sums;
  }
  Values totals(count);
  for (int part = 0; part < 2; ++part) {
    for (Value &sum : sums)
      sum = kb.constant(kb.vecI32(), 0);
    addProducts(group, block, tokens, 2 * part, 2 * part + 2, sums);
    for (int i = 0; i < count; ++i) {
      Value scale =
          loadLine(group, layout.partScaleOffset + layout.lineBytes * part, block + i, kb.vecI32());
      Value scaled = kb.mul(sums[i], scale);
      totals[i] = part == 0 ? scaled : kb.add(totals[i], scaled);
    }
  }
  for (Value &total : totals)
    total = kb.mulF(kb.toF32(total), tokens.scale.value);
  return totals;
}

Values MatrixTile::emit(Value group, ArrayRef<TokenPair> tokens, ValueRange carried) {
  Values sums(carried);
  const int pairs = int(tokens.size());
  for (int block = 0; block < blockVectors; block += inTurn)
    for (auto [pair, two] : llvm::enumerate(tokens)) {
      Values scaled = scaledSums(group, block, inTurn, two);
      for (int i = 0; i < inTurn; ++i) {
        Value &sum = sums[(block + i) * pairs + int(pair)];
        Value rowScale;
        if (traits.scale != ScaleKind::Row)
          rowScale = loadLine(group, 0, block + i, kb.vecF32());
        sum = accumulateScaled(kb, sum, scaled[i], rowScale);
        for (int part = 0; traits.hasMinimum() && part < traits.parts; ++part)
          sum = accumulateMinimum(
              kb, traits, sum, two.scaledSum[part],
              loadLine(group, layout.minOffset + layout.lineBytes * part, block + i, kb.vecF32()));
      }
    }
  return sums;
}

} // namespace

Values emitMatrixTile(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args,
                      const PrefillTile &place, ValueRange sums) {
  MatrixTile tile(kb, spec, place.scratch);
  const FormatTraits &traits = formatTraits(spec.format);
  const int64_t groupBytes = unpackedGroup(kb.facts, spec.format, spec.nr).bytes;
  const int tokens = place.tokens;
  const int pairs = (tokens + 1) / 2, vectors = spec.nr / kb.facts.lanes();
  auto first = tileTokens(kb, spec, args, tokens, place.token, place.step);
  if (tokens % 2 == 1)
    first.push_back(TokenAddresses(first.back()));

  // Vector v of tokens 2p and 2p+1 and blocks 2v and 2v+1 of pair p.
  auto rowsOf = [&](ValueRange values, int p, int v) {
    Value first = values[2 * p * vectors + v];
    bool odd = 2 * p + 1 == tokens;
    return std::pair(first, odd ? first : values[(2 * p + 1) * vectors + v]);
  };
  Values blocks(2 * vectors * pairs);
  for (int p = 0; p < pairs; ++p)
    for (int v = 0; v < vectors; ++v) {
      auto [a, b] = rowsOf(sums, p, v);
      for (int half : {0, 1})
        blocks[(2 * v + half) * pairs + p] = kb.zip64(a, b, half);
    }
  blocks = kb.loop(kb.constI64(0), place.length, 1, blocks, [&](Value i, ValueRange carried) {
    llvm::SmallVector<TokenPair> loaded;
    auto addresses = [&](int t) { return movedOn(kb, traits, first[t], i); };
    for (int t = 0; t < 2 * pairs; t += 2)
      loaded.push_back(tile.loadTokens(t / 2, {addresses(t), addresses(t + 1)}));
    return tile.emit(kb.base(kb.at(place.buffer, kb.mul(i, groupBytes))), loaded, carried);
  });
  Values rows(tokens * vectors);
  for (int p = 0; p < pairs; ++p)
    for (int v = 0; v < vectors; ++v) {
      Value a = blocks[2 * v * pairs + p], b = blocks[(2 * v + 1) * pairs + p];
      for (int second = 0; second < std::min(2, tokens - 2 * p); ++second)
        rows[(2 * p + second) * vectors + v] = kb.unzip64(a, b, second);
    }
  return rows;
}

} // namespace qwenc
