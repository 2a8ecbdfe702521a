//===- codegen/microkernel/EmitPrefill.cpp - loops over many tokens -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   for each panel of 32 rows
//     for each part of k that fits the L1 cache unpacked
//       unpack the part                      (once for all tokens)
//       for each spec.nr rows of the panel
//         for each spec.mr tokens            (then powers of two of the rest)
//           tile: sums in registers over the part
//
// Where a tile's tokens have a table (TokenTable.h), tokens are outside of rows, so that
// it is made once for all rows of the panel.
//
// Between parts of k the sums rest in `out`, so that any k needs no more memory.
// Parts of k outside of panels would read activations less often from beyond L2,
// and sums more often; it measured 5 % slower where the last cache is large.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/DotStep.h"
#include "codegen/microkernel/MatmulEmitters.h"
#include "codegen/microkernel/TokenTable.h"
#include "codegen/microkernel/UnpackWeights.h"
#include "codegen/microkernel/WeightCodes.h"
#include "ir/kernels/PackedLayout.h"
#include "llvm/ADT/bit.h"

using namespace mlir;

namespace qwenc {
namespace {

/// k of a part of float weights: 128 bytes a k, the same cache as unpackedK
/// integers of 36 bytes.
constexpr int64_t kFloatPart = 256;

class Prefill {
public:
  Prefill(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args)
      : kb(kb), spec(spec), args(args), isFloat(isFloatFormat(spec.format)),
        block(packedBlock(spec.format)), stepK(isFloat ? 1 : formatTraits(spec.format).group),
        partSteps(isFloat ? kFloatPart : kb.facts.unpackedK / stepK), stepBytes(4 * kPanelRows),
        rowBytes(4) {
    if (isFloat)
      return;
    const UnpackedGroup group = unpackedGroup(kb.facts, spec.format, spec.nr);
    stepBytes = group.panelBytes();
    rowBytes = group.rowBytes;
  }

  void emit();

private:
  KernelBuilder &kb;
  const MatmulKernelSpec &spec;
  const MatmulArguments &args;
  bool isFloat;
  PackedBlock block;
  int64_t stepK, partSteps;
  int64_t stepBytes; ///< of a step of the unpacked panel
  int64_t rowBytes;  ///< UnpackedGroup::rowBytes
  Value buffer, edge, zeros, scratch;
  Value table;  ///< memory of a TokenTable, where tiles have one
  Value header; ///< of the panel

  /// Steps of the part of k that is unpacked.
  struct Part {
    Value step, length;
  };

  void unpack(Value blocks, Part part);
  void walkRows(llvm::function_ref<void(Value)> body);
  void walkTokens(llvm::function_ref<void(int, Value)> body);
  void makeTable(int tokens, Value token, Part part);
  /// `row`: of the panel, in which the tile begins.
  void tile(int tokens, Value token, Value panel, Value row, Part part);
};

void Prefill::emit() {
  buffer = kb.stackBuffer(partSteps * stepBytes);
  edge = kb.stackBuffer(4 * spec.mr * spec.nr);
  zeros = kb.stackBuffer(4 * kPanelRows);
  for (int v = 0; v < kb.facts.panelVectors(); ++v)
    kb.store(kb.constantF(kb.vecF32(), 0), kb.at(zeros, v * kb.facts.vectorBytes),
             kb.facts.vectorBytes);

  if (!isFloat) {
    scratch = kb.stackBuffer((1 + spec.mr) * kb.facts.vectorBytes);
    kb.store(kb.constant(kb.vecI32(), kRoundingBits), scratch, kb.facts.vectorBytes);
  }
  if (!isFloat && kb.facts.loadsBelow())
    table = kb.stackBuffer(partSteps * TokenTable(kb, formatTraits(spec.format), spec.mr).bytes());

  Value zero = kb.constI64(0), steps = kb.divU(args.k, stepK);
  Value bytes = panelBytes(kb, block, args.k);
  kb.loop(args.panelBegin, args.panelEnd, 1, [&](Value panel) {
    header = kb.at(args.weights, kb.mul(panel, bytes));
    Value blocks = kb.at(header, block.headerBytes);
    kb.loop(zero, steps, partSteps, [&](Value step) {
      const Part part{step, kb.minS(kb.constI64(partSteps), kb.sub(steps, step))};
      unpack(blocks, part);
      if (table)
        walkTokens([&](int tokens, Value token) {
          makeTable(tokens, token, part);
          walkRows([&](Value row) { tile(tokens, token, panel, row, part); });
        });
      else
        walkRows([&](Value row) {
          walkTokens([&](int tokens, Value token) { tile(tokens, token, panel, row, part); });
        });
    });
  });
}

void Prefill::unpack(Value blocks, Part part) {
  if (!isFloat)
    return unpackPanel(kb, spec, blocks, part.step, part.length, buffer);
  const int64_t elementBytes = block.bytes / kPanelRows;
  kb.loop(kb.constI64(0), part.length, 1, [&](Value i) {
    Value source = kb.at(blocks, kb.mul(kb.add(part.step, i), block.bytes));
    Value target = kb.at(buffer, kb.mul(i, stepBytes));
    for (int v = 0; v < kb.facts.panelVectors(); ++v)
      kb.store(
          loadFloatWeights(kb, spec.format, kb.at(source, v * kb.facts.lanes() * elementBytes)),
          kb.at(target, v * kb.facts.vectorBytes), kb.facts.vectorBytes);
  });
}

void Prefill::walkRows(llvm::function_ref<void(Value)> body) {
  kb.loop(kb.constI64(0), kb.constI64(kPanelRows), spec.nr, body);
}

/// Full tiles, then tiles of the largest power of two below theirs, then one tile of each
/// smaller one that the rest has. A full tile less, where all of its tokens and the rest
/// are then of that power: 6 + 2 tokens are 4 + 4, because tiles of few tokens are slow.
void Prefill::walkTokens(llvm::function_ref<void(int, Value)> body) {
  Value zero = kb.constI64(0);
  const int second = spec.mr > 1 ? int(llvm::bit_floor(unsigned(spec.mr - 1))) : 1;
  Value whole = kb.mul(kb.divU(args.m, spec.mr), spec.mr);
  if (spec.mr % second != 0) {
    Value rest = kb.sub(args.m, whole);
    Value even = kb.equal(kb.bitAnd(kb.add(rest, kb.constI64(spec.mr)), second - 1), zero);
    Value fewer = kb.select(even, kb.sub(whole, kb.constI64(spec.mr)), whole);
    whole = kb.select(kb.less(zero, whole), fewer, zero);
  }
  kb.loop(zero, whole, spec.mr, [&](Value token) { body(spec.mr, token); });
  Value token = whole;
  for (int tokens = second; tokens >= 1 && tokens < spec.mr; tokens /= 2) {
    Value rest = kb.sub(args.m, token);
    Value end = kb.add(token, kb.bitAnd(rest, -tokens));
    if (tokens == second)
      kb.loop(token, end, tokens, [&](Value token) { body(tokens, token); });
    else
      kb.ifThen(kb.less(token, end), [&] { body(tokens, token); });
    token = end;
  }
}

void Prefill::makeTable(int tokens, Value token, Part part) {
  TokenTable(kb, formatTraits(spec.format), tokens)
      .store(table, tileTokens(kb, spec, args, tokens, token, part.step), part.length);
}

void Prefill::tile(int tokens, Value token, Value panel, Value panelRow, Part part) {
  Value row = kb.add(kb.mul(panel, kPanelRows), panelRow);
  Value outBytes = kb.shl(args.outStride, 2), zero = kb.constI64(0);
  TokenMatrix target{kb.at(args.out, kb.add(kb.mul(token, outBytes), kb.shl(row, 2))), outBytes};
  TokenMatrix start = startMatrix(kb, spec.epilogue, args, row, zeros);
  start.address = kb.at(start.address, kb.mul(token, start.stride));
  Value first = kb.equal(part.step, zero);
  TokenMatrix source{kb.select(first, start.address, target.address),
                     kb.select(first, start.stride, target.stride)};
  OutputTile output(kb, source, target, tokens, spec.nr, kb.sub(args.rows, row), edge);
  if (block.headerBytes)
    output.scaleRows(kb.at(header, kb.shl(panelRow, 1)));
  Values sums = output.load();
  auto body = isFloat ? emitFloatTile : kb.facts.matrixTile ? emitMatrixTile : emitIntegerTile;
  const PrefillTile place{tokens,    token,       kb.at(buffer, kb.mul(panelRow, rowBytes)),
                          part.step, part.length, scratch,
                          table};
  output.store(body(kb, spec, args, place, sums));
}

} // namespace

void emitPrefill(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args) {
  Prefill(kb, spec, args).emit();
}

} // namespace qwenc
