//===- passes/lowering/LowerAttention.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decode: a thread takes a range of query heads and, in it, one KV head after
// the other, so that query heads that share keys read them once.
// Prefill: units are (head, block of tokens). They are dealt out round-robin,
// because causal blocks cost more the later they are.
//===----------------------------------------------------------------------===//
#include "passes/lowering/StepBuilder.h"

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
  Value all = step.mul(step.ceilDiv(step.count, tokens), units);
  step.loop(step.thread, all, step.threads, [&](Value unit) {
    Value block = step.div(unit, units);
    Value head = step.sub(unit, step.mul(block, units));
    Value row = step.mul(block, tokens);
    body(headsOf(head, step.add(head, step.i64(1))),
         {row, step.min(step.add(row, step.i64(tokens)), step.count)});
  });
}

namespace {

class AttentionLowering {
public:
  AttentionLowering(StepBuilder &step, ir::AttentionOp op)
      : step(step), op(op), headDim(op.getKv().getType().getHeadDim()),
        kvHeads(op.getKv().getType().getHeads()),
        heads(ir::getColumns(op.getQuery().getType()) / headDim), group(heads / kvHeads) {}

  void run() {
    auto split = op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
    forEachHeadUnit(step, split, heads, [&](Share hs, Share rows) {
      if (step.decode)
        decodeHeads(hs);
      else
        step.loop(hs.begin, hs.end, step.i64(1), [&](Value head) { prefillBlock(head, rows); });
    });
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
    ir::KVType kv = op.getKv().getType();
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
