//===- codegen/microkernel/EmitPrefill.cpp - loops over many tokens -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   for each panel of 32 rows
//     for each part of k that fits the L1 cache unpacked
//       unpack the part                      (once for all tokens)
//       for each spec.nr rows of the panel
//         for each spec.mr tokens            (then 8, 4, 2, 1 of the rest)
//           tile: sums in registers over the part
//
// Between parts of k the sums rest in `out`, so that any k needs no more memory.
// Parts of k outside of panels would read activations less often from beyond L2,
// and sums more often; it measured 5 % slower where the last cache is large.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/DotStep.h"
#include "codegen/microkernel/MatmulEmitters.h"
#include "codegen/microkernel/UnpackWeights.h"
#include "codegen/microkernel/WeightCodes.h"
#include "ir/kernels/PackedLayout.h"

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
  Value header; ///< of the panel

  void unpack(Value blocks, Value step, Value length);
  void walkTokens(Value row, Value tileBuffer, Value step, Value length);
  void tile(int tokens, Value token, Value row, Value tileBuffer, Value step, Value length);
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

  Value zero = kb.constI64(0), steps = kb.divU(args.k, stepK);
  Value bytes = panelBytes(kb, block, args.k);
  kb.loop(args.panelBegin, args.panelEnd, 1, [&](Value panel) {
    header = kb.at(args.weights, kb.mul(panel, bytes));
    Value blocks = kb.at(header, block.headerBytes);
    kb.loop(zero, steps, partSteps, [&](Value step) {
      Value length = kb.minS(kb.constI64(partSteps), kb.sub(steps, step));
      unpack(blocks, step, length);
      kb.loop(zero, kb.constI64(kPanelRows), spec.nr, [&](Value row) {
        walkTokens(kb.add(kb.mul(panel, kPanelRows), row), kb.at(buffer, kb.mul(row, rowBytes)),
                   step, length);
      });
    });
  });
}

void Prefill::unpack(Value blocks, Value step, Value length) {
  if (!isFloat)
    return unpackPanel(kb, spec, blocks, step, length, buffer);
  const int64_t elementBytes = block.bytes / kPanelRows;
  kb.loop(kb.constI64(0), length, 1, [&](Value i) {
    Value source = kb.at(blocks, kb.mul(kb.add(step, i), block.bytes));
    Value target = kb.at(buffer, kb.mul(i, stepBytes));
    for (int v = 0; v < kb.facts.panelVectors(); ++v)
      kb.store(
          loadFloatWeights(kb, spec.format, kb.at(source, v * kb.facts.lanes() * elementBytes)),
          kb.at(target, v * kb.facts.vectorBytes), kb.facts.vectorBytes);
  });
}

/// Full tiles, then one tile of each power of two that the rest has.
void Prefill::walkTokens(Value row, Value tileBuffer, Value step, Value length) {
  Value zero = kb.constI64(0);
  Value whole = kb.mul(kb.divU(args.m, spec.mr), spec.mr);
  kb.loop(zero, whole, spec.mr,
          [&](Value token) { tile(spec.mr, token, row, tileBuffer, step, length); });
  Value rest = kb.sub(args.m, whole), token = whole;
  for (int tokens : {8, 4, 2, 1}) {
    if (tokens >= spec.mr)
      continue;
    Value here = kb.bitAnd(rest, tokens);
    kb.ifThen(kb.less(zero, here), [&] { tile(tokens, token, row, tileBuffer, step, length); });
    token = kb.add(token, here);
  }
}

void Prefill::tile(int tokens, Value token, Value row, Value tileBuffer, Value step, Value length) {
  Value outBytes = kb.shl(args.outStride, 2), zero = kb.constI64(0);
  TokenMatrix target{kb.at(args.out, kb.add(kb.mul(token, outBytes), kb.shl(row, 2))), outBytes};
  TokenMatrix start = startMatrix(kb, spec.epilogue, args, row, zeros);
  start.address = kb.at(start.address, kb.mul(token, start.stride));
  Value first = kb.equal(step, zero);
  TokenMatrix source{kb.select(first, start.address, target.address),
                     kb.select(first, start.stride, target.stride)};
  OutputTile output(kb, source, target, tokens, spec.nr, kb.sub(args.rows, row), edge);
  if (block.headerBytes)
    output.scaleRows(kb.at(header, kb.shl(kb.bitAnd(row, kPanelRows - 1), 1)));
  Values sums = output.load();
  auto body = isFloat ? emitFloatTile : kb.facts.matrixTile ? emitMatrixTile : emitIntegerTile;
  output.store(body(kb, spec, args, tokens, tileBuffer, token, step, length, sums, scratch));
}

} // namespace

void emitPrefill(KernelBuilder &kb, const MatmulKernelSpec &spec, const MatmulArguments &args) {
  Prefill(kb, spec, args).emit();
}

} // namespace qwenc
