//===- passes/lowering/LowerAttention.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decode: a thread takes a range of query heads and, in it, one KV head after
// the other, so that query heads that share keys read them once. With more
// threads than heads and a long past, the keys of a KV head are divided first, a
// barrier follows, and then the elements of the outputs are divided.
// Prefill: units are (block of tokens, head). Causal blocks cost more the later
// they are: a dynamic split begins with the dearest, a static one deals them out
// round-robin.
//===----------------------------------------------------------------------===//
#include "passes/lowering/StepBuilder.h"

#include "ir/kernels/HalideKernelSpec.h"

using namespace mlir;
using namespace qwenc;

void qwenc::forEachHeadUnit(StepBuilder &step, ir::SplitAttr split, int64_t heads,
                            llvm::function_ref<void(Share heads, Share rows)> body) {
  int64_t grain = split.getGrain();
  int64_t units = llvm::divideCeil(heads, grain);
  auto headsOf = [&](Value first, Value last) -> Share {
    return {step.mul(first, grain), step.min(step.mul(last, grain), step.i64(heads))};
  };
  if (!split.getTokensGrain()) {
    Share share = step.threadShare(step.i64(units));
    step.ifAny(share, [&] { body(headsOf(share.begin, share.end), {step.firstRow, step.count}); });
    return;
  }
  int64_t tokens = split.getTokensGrain();
  auto all = [&] {
    return step.mul(step.ceilDiv(step.sub(step.count, step.firstRow), tokens), units);
  };
  auto runUnit = [&](Value unit) {
    Value block = step.div(unit, units);
    Value head = step.sub(unit, step.mul(block, units));
    Value row = step.add(step.firstRow, step.mul(block, tokens));
    body(headsOf(head, step.add(head, step.i64(1))),
         {row, step.min(step.add(row, step.i64(tokens)), step.count)});
  };
  if (!split.getDynamic())
    return step.loop(step.thread, all(), step.threads, runUnit);
  step.forUnits(split, all,
                [&](Share unit) { runUnit(step.sub(step.sub(all(), step.i64(1)), unit.begin)); });
}

namespace {

/// Fewer keys are not worth two more barriers.
constexpr int64_t leastDividedKeys = 512;

class AttentionLowering {
public:
  AttentionLowering(StepBuilder &step, ir::AttentionOp op)
      : step(step), op(op), kv(op.getKv().getType()), headDim(kv.getHeadDim()),
        kvHeads(kv.getHeads()), heads(ir::getColumns(op.getQuery().getType()) / headDim),
        group(heads / kvHeads) {}

  void run() {
    auto split = op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
    auto byHeads = [&] {
      forEachHeadUnit(step, split, heads, [&](Share hs, Share rows) {
        if (step.decode)
          decodeHeads(hs);
        else
          step.loop(hs.begin, hs.end, step.i64(1), [&](Value head) { prefillBlock(head, rows); });
      });
    };
    if (!step.decode)
      return byHeads();
    int64_t units = llvm::divideCeil(heads, split.getGrain());
    Value many = step.less(step.i64(units), step.threads);
    Value longPast = step.less(step.i64(leastDividedKeys), step.position);
    step.ifElse(step.both(many, longPast), [&] { decodeByKeys(); }, byHeads);
  }

private:
  void decodeHeads(Share hs) {
    Value firstKV = step.div(hs.begin, group), endKV = step.ceilDiv(hs.end, group);
    step.loop(firstKV, endKV, step.i64(1), [&](Value kvHead) {
      Value first = step.max(hs.begin, step.mul(kvHead, group));
      Value end = step.min(hs.end, step.mul(step.add(kvHead, step.i64(1)), group));
      Value at = step.mul(first, headDim * 4);
      call("attention_decode", group, kvHead, at, step.sub(end, first), headDim, step.position);
    });
  }

  void decodeByKeys() {
    int64_t slice = attentionValueSlice(headDim), slices = headDim / slice;
    Value blocks = step.add(step.div(step.position, 16), step.i64(1));
    Value parts = step.ceilDiv(blocks, attentionScoreBlocks);
    // Equal work for all: every KV head has as many parts.
    forEachOf(parts, [&](Value kvHead, Value part) {
      Value first = step.mul(part, attentionScoreBlocks);
      // Whole tiles, which may reach past the last key.
      Value end = step.min(step.add(first, step.i64(attentionScoreBlocks)),
                           step.mul(step.ceilDiv(blocks, 8), 8));
      SmallVector<HalideArg> args = {queriesOf(kvHead)};
      step.appendKVPlanes(args, kv, /*keys=*/true, kvHead);
      HalideDim range = {first, step.sub(end, first), 16 * attentionScratchRows(group)};
      args.push_back({step.toI32(step.position), 4, {}, /*isScalar=*/true});
      args.push_back({scoresOf(kvHead), 4, {HalideDim(), HalideDim(), range}});
      callPart("attention_scores", {}, args);
    });
    step.barrier();
    forEachOf(step.i64(slices), [&](Value kvHead, Value part) {
      Value first = step.mul(part, slice);
      SmallVector<HalideArg> args = {
          {scoresOf(kvHead), 4, {HalideDim(), HalideDim(), HalideDim()}}};
      size_t values = args.size();
      step.appendKVPlanes(args, kv, /*keys=*/false, kvHead);
      args[values].base = step.offset(
          args[values].base, step.mul(first, kv.getLayout().elementBytes(KVPlane::Values)));
      if (args.size() > values + 1) // scales, one for each group of the head
        args[values + 1].base = step.offset(
            args[values + 1].base, step.mul(step.div(first, KVLayout::groupSize(headDim)), 4));
      args.push_back({step.toI32(step.position), 4, {}, /*isScalar=*/true});
      args.push_back({step.slotAddress(op, 1), 4, {HalideDim(), HalideDim(), HalideDim()}});
      HalideArg out = rowsOf(op.getOutput(), kvHead);
      out.base = step.offset(out.base, step.mul(first, 4));
      args.push_back(out);
      callPart("attention_values", {step.attr("width", slice)}, args);
    });
    // What follows takes heads as the other branch divides them.
    step.barrier();
  }

  /// Calls `body` for this thread's share of `parts` parts of each KV head.
  void forEachOf(Value parts, llvm::function_ref<void(Value kvHead, Value part)> body) {
    Share share = step.threadShare(step.mul(parts, kvHeads));
    step.loop(share.begin, share.end, step.i64(1), [&](Value unit) {
      Value kvHead = step.div(unit, parts);
      body(kvHead, step.sub(unit, step.mul(kvHead, parts)));
    });
  }

  void callPart(StringRef kind, ArrayRef<NamedAttribute> more, ArrayRef<HalideArg> args) {
    SmallVector<NamedAttribute> facts = step.kvFacts(kv);
    facts.push_back(step.attr("rows", group));
    llvm::append_range(facts, more);
    step.callHalide(kind, facts, args);
  }

  /// All query heads of a KV head.
  HalideArg rowsOf(Value value, Value kvHead) {
    Value base = step.offset(step.address(value), step.mul(kvHead, group * headDim * 4));
    return {base, 4, {HalideDim(), {step.i64(0), step.i64(group), headDim}}};
  }
  HalideArg queriesOf(Value kvHead) { return rowsOf(op.getQuery(), kvHead); }
  Value scoresOf(Value kvHead) {
    int64_t bytes =
        4 * attentionScratchFloats(group, llvm::alignTo(step.model.getContextLength(), 16));
    return step.offset(step.slotAddress(op, 2), step.mul(kvHead, bytes));
  }

  void prefillBlock(Value head, Share rows) {
    int64_t width = heads * headDim;
    Value at = step.add(step.mul(rows.begin, width * 4), step.mul(head, headDim * 4));
    call("attention_prefill", splitTokens(), step.div(head, group), at,
         step.sub(rows.end, rows.begin), width, step.add(step.position, rows.begin));
  }

  int64_t splitTokens() {
    return op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName).getTokensGrain();
  }

  void call(StringRef kind, int64_t maxRows, Value kvHead, Value byteOffset, Value rows,
            int64_t rowStride, Value position) {
    Value scratch = step.slotAddress(op, 1);
    HalideDim rowDim = {step.i64(0), rows, rowStride};
    auto rowsOf = [&](Value value) {
      return HalideArg{step.offset(step.address(value), byteOffset), 4, {HalideDim(), rowDim}};
    };
    HalideArg scratchArg{scratch, 4, {HalideDim()}};
    SmallVector<HalideArg> args = {rowsOf(op.getQuery())};
    step.appendKVPlanes(args, kv, /*keys=*/true, kvHead);
    step.appendKVPlanes(args, kv, /*keys=*/false, kvHead);
    args.push_back({step.toI32(position), 4, {}, /*isScalar=*/true});
    args.append({scratchArg, scratchArg, rowsOf(op.getOutput())});
    SmallVector<NamedAttribute> facts = step.kvFacts(kv);
    facts.push_back(step.attr("rows", maxRows));
    step.callHalide(kind, facts, args);
  }

  StepBuilder &step;
  ir::AttentionOp op;
  ir::KVType kv;
  int64_t headDim, kvHeads, heads, group;
};

} // namespace

bool qwenc::lowerAttention(StepBuilder &step, Operation *op) {
  auto attention = dyn_cast<ir::AttentionOp>(op);
  if (!attention)
    return false;
  AttentionLowering(step, attention).run();
  return true;
}
