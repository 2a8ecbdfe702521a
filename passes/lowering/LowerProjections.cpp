//===- passes/lowering/LowerProjections.cpp --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Projections: a micro-kernel computes the thread's panels of 32 rows, then, for
// fused operations, Halide kernels finish them while they are in its cache.
//===----------------------------------------------------------------------===//
#include "passes/lowering/StepBuilder.h"

#include "ir/kernels/KernelSpec.h"
#include "runtime/abi/ModelAbi.h"
#include <cstddef>

using namespace mlir;
using namespace qwenc;

namespace {

/// Emits the call of kernel `index` of `op` on the panels of `weight`. Pointers
/// of `output` are already those of the first computed row.
void callMatmul(StepBuilder &step, Operation *op, unsigned index, Value input, Value weight,
                Share panels, const MatmulOutput &output) {
  auto type = cast<ir::WeightType>(weight.getType());
  Q8Address rows;
  if (isa<ir::Q8Type>(input.getType()))
    rows = step.q8Address(input, step.firstRow);
  else // neither scales nor sums are read by kernels of float formats
    rows.q = rows.scale = rows.neg8 =
        step.offset(step.address(input), step.mul(step.firstRow, type.getCols() * 4));
  step.callMatmul(op, index, step.weightAddress(weight), type, rows, panels,
                  step.sub(step.count, step.firstRow), output);
}

int64_t panelsOf(int64_t rows) { return llvm::divideCeil(rows, int64_t(kPanelRows)); }

/// Calls `body` for the panels of this thread under the operation's split over
/// columns.
void forPanels(StepBuilder &step, Operation *op, int64_t panels,
               llvm::function_ref<void(Share)> body) {
  auto split = op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
  int64_t grain = split.getGrain() / kPanelRows;
  step.forUnits(
      split, [&] { return step.i64(llvm::divideCeil(panels, grain)); },
      [&](Share units) {
        body(
            {step.mul(units.begin, grain), step.min(step.mul(units.end, grain), step.i64(panels))});
      });
}

/// The fields of this thread's QwenBest.
Value bestField(StepBuilder &step, int64_t field) {
  auto ptr = LLVM::LLVMPointerType::get(step.builder.getContext());
  Value table = step.loadField(offsetof(QwenStep, best), ptr);
  return step.offset(table, step.add(step.mul(step.thread, sizeof(QwenBest)), step.i64(field)));
}

/// The largest logit of the panels, of which there is at least one.
void callArgmax(StepBuilder &step, Value logits, Share panels, int64_t rows) {
  Value begin = step.mul(panels.begin, kPanelRows);
  Value end = step.min(step.mul(panels.end, kPanelRows), step.i64(rows));
  HalideArg values{logits, 4, {{begin, step.sub(end, begin)}}};
  HalideArg logit{bestField(step, offsetof(QwenBest, logit)), 4, {HalideDim()}};
  HalideArg token{bestField(step, offsetof(QwenBest, token)), 4, {HalideDim()}};
  step.callHalide("argmax", {}, {values, logit, token});
}

void lowerLinear(StepBuilder &step, ir::LinearOp op) {
  int64_t rows = op.getWeight().getType().getRows();
  if (op.getArgmax())
    LLVM::StoreOp::create(step.builder, step.loc, step.toI32(step.i64(-1)),
                          bestField(step, offsetof(QwenBest, token)));
  const Value firstLogits = step.firstRow;
  forPanels(step, op, panelsOf(rows), [&](Share panels) {
    bool isLogits = llvm::any_of(op.getOutput().getUsers(),
                                 [](Operation *user) { return isa<func::ReturnOp>(user); });
    Value row = step.mul(step.firstRow, rows * 4);
    MatmulOutput output;
    // The caller's buffer begins with the first row that it wants.
    output.out = isLogits ? step.offset(step.logits,
                                        step.mul(step.sub(step.firstRow, firstLogits), rows * 4))
                          : step.offset(step.address(op.getOutput()), row);
    output.outStride = rows;
    if (op.getBias()) {
      output.init = step.weightAddress(op.getBias());
    } else if (op.getResidual()) {
      output.init = step.offset(step.address(op.getResidual()), row);
      output.initStride = rows;
    }
    callMatmul(step, op, 0, op.getInput(), op.getWeight(), panels, output);
    if (op.getArgmax())
      callArgmax(step, output.out, panels, rows);
  });
}

/// Gate and up for some panels, then SwiGLU of them. The scratch matrices hold
/// `stride` columns, the first of which is column 32 * panels.begin in a prefill
/// and column 0 in a decode step, of the rows from `firstRow` on.
void gateUpPanels(StepBuilder &step, ir::GateUpOp op, Share panels, int64_t stride) {
  int64_t cols = op.getGate().getType().getRows();
  Value gate = step.slotAddress(op, 1), up = step.slotAddress(op, 2);
  if (!step.decode) {
    Value skipped = step.mul(panels.begin, -4 * kPanelRows);
    gate = step.offset(gate, skipped);
    up = step.offset(up, skipped);
  }
  callMatmul(step, op, 0, op.getInput(), op.getGate(), panels, {gate, stride});
  callMatmul(step, op, 1, op.getInput(), op.getUp(), panels, {up, stride});

  Share share = {step.mul(panels.begin, kPanelRows),
                 step.min(step.mul(panels.end, kPanelRows), step.i64(cols))};
  Value above = step.mul(step.firstRow, -4 * stride);
  gate = step.offset(gate, above);
  up = step.offset(up, above);
  step.forRowBlocks({step.firstRow, step.count}, [&](Share rows) {
    HalideArg gateArg = step.rows2D(gate, share, rows, stride);
    HalideArg upArg = step.rows2D(up, share, rows, stride);
    if (auto q8 = dyn_cast<ir::Q8Type>(op.getOutput().getType())) {
      SmallVector<HalideArg> args = {gateArg, upArg, gateArg};
      Q8Address out = step.q8Address(op.getOutput(), step.i64(0));
      llvm::append_range(args, step.q8Arguments(out, cols, share, rows));
      step.callHalide("swiglu_quantize", step.q8Facts(q8), args);
    } else {
      step.callHalide(
          "swiglu", {},
          {gateArg, upArg, step.rows2D(step.address(op.getOutput()), share, rows, cols)});
    }
  });
}

void lowerGateUp(StepBuilder &step, ir::GateUpOp op) {
  int64_t cols = op.getGate().getType().getRows();
  forPanels(step, op, panelsOf(cols), [&](Share panels) {
    if (step.decode)
      return gateUpPanels(step, op, panels, cols);
    // A few panels at a time: their results are in the cache when SwiGLU reads them.
    int64_t block = ir::kGateUpColumns / kPanelRows;
    step.loop(panels.begin, panels.end, step.i64(block), [&](Value first) {
      Share part = {first, step.min(step.add(first, step.i64(block)), panels.end)};
      gateUpPanels(step, op, part, ir::kGateUpColumns);
    });
  });
}

/// Q, K and V are divided in units of `grain` heads that fill whole panels:
///   | units of Q | units of K | units of V |
/// and a thread takes one contiguous range of all units.
class QKVLowering {
public:
  QKVLowering(StepBuilder &step, ir::QKVProjectOp op)
      : step(step), op(op), kvType(op.getKv().getType()), headDim(op.getHeadDim()),
        split(op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName)), grain(split.getGrain()) {}

  void run() {
    int64_t heads = ir::getColumns(op.getQuery().getType()) / headDim;
    int64_t kvHeads = kvType.getHeads();
    int64_t qUnits = llvm::divideCeil(heads, grain), kvUnits = llvm::divideCeil(kvHeads, grain);
    step.forUnits(
        split, [&] { return step.i64(qUnits + 2 * kvUnits); },
        [&](Share share) { runShare(share, heads, qUnits, kvUnits); });
  }

private:
  void runShare(Share share, int64_t heads, int64_t qUnits, int64_t kvUnits) {
    int64_t kvHeads = kvType.getHeads();
    segment(share, 0, qUnits, 0, heads, op.getWq(), op.getBq(), [&](Value raw, Share hs) {
      SmallVector<HalideArg> args = {heads3D(raw, hs, heads)};
      StringRef kind = appendRotation(args, op.getQNorm(), "rope", "head_norm_rope");
      args.push_back(heads3D(step.address(op.getQuery()), hs, heads));
      step.callHalide(kind, rotationFacts({step.attr("head_dim", headDim)}), args);
    });
    segment(share, qUnits, kvUnits, 1, kvHeads, op.getWk(), op.getBk(), [&](Value raw, Share hs) {
      SmallVector<HalideArg> args = {heads3D(raw, hs, kvHeads)};
      StringRef kind =
          appendRotation(args, op.getKNorm(), "rope_k_store", "head_norm_rope_k_store");
      step.appendKVPlanes(args, kvType, /*keys=*/true);
      step.callHalide(kind, rotationFacts(step.kvFacts(kvType)), args);
    });
    segment(share, qUnits + kvUnits, kvUnits, 2, kvHeads, op.getWv(), op.getBv(),
            [&](Value raw, Share hs) {
              SmallVector<HalideArg> args = {heads3D(raw, hs, kvHeads),
                                             {step.toI32(step.position), 4, {}, /*isScalar=*/true}};
              step.appendKVPlanes(args, kvType, /*keys=*/false);
              step.callHalide("v_store", step.kvFacts(kvType), args);
            });
  }

  /// Projects the thread's part of one of the three and hands its heads on.
  void segment(Share share, int64_t firstUnit, int64_t units, unsigned index, int64_t heads,
               Value weight, Value bias, llvm::function_ref<void(Value, Share)> finish) {
    auto clamp = [&](Value bound) {
      return step.max(step.i64(0), step.min(step.sub(bound, step.i64(firstUnit)), step.i64(units)));
    };
    Share mine = {clamp(share.begin), clamp(share.end)};
    step.ifAny(mine, [&] {
      Share hs = {step.mul(mine.begin, grain),
                  step.min(step.mul(mine.end, grain), step.i64(heads))};
      Share panels = {step.div(step.mul(hs.begin, headDim), kPanelRows),
                      step.ceilDiv(step.mul(hs.end, headDim), kPanelRows)};
      Value raw = step.slotAddress(op, 1 + index);
      Value firstRow = step.offset(raw, step.mul(step.firstRow, heads * headDim * 4));
      MatmulOutput output{firstRow, heads * headDim};
      if (bias)
        output.init = step.weightAddress(bias);
      callMatmul(step, op, index, op.getInput(), weight, panels, output);
      finish(raw, hs);
    });
  }

  HalideArg heads3D(Value base, Share hs, int64_t heads) {
    return {base,
            4,
            {HalideDim(),
             {hs.begin, step.sub(hs.end, hs.begin), headDim},
             {step.firstRow, step.sub(step.count, step.firstRow), heads * headDim}}};
  }

  StringRef appendRotation(SmallVectorImpl<HalideArg> &args, Value norm, StringRef plain,
                           StringRef normed) {
    if (norm)
      args.push_back({step.weightAddress(norm), 4, {HalideDim()}});
    step.appendRopeArguments(args);
    return norm ? normed : plain;
  }

  SmallVector<NamedAttribute> rotationFacts(SmallVector<NamedAttribute> facts) {
    facts.push_back(step.attr("interleaved", int64_t(op.getMode() == ir::RopeMode::Pairs)));
    if (op.getEps())
      facts.push_back(step.attr("eps", op.getEps()->convertToDouble()));
    return facts;
  }

  StepBuilder &step;
  ir::QKVProjectOp op;
  ir::KVType kvType;
  int64_t headDim;
  ir::SplitAttr split;
  int64_t grain;
};

} // namespace

bool qwenc::lowerProjection(StepBuilder &step, Operation *op) {
  if (auto linear = dyn_cast<ir::LinearOp>(op))
    lowerLinear(step, linear);
  else if (auto gateUp = dyn_cast<ir::GateUpOp>(op))
    lowerGateUp(step, gateUp);
  else if (auto qkv = dyn_cast<ir::QKVProjectOp>(op))
    QKVLowering(step, qkv).run();
  else
    return false;
  return true;
}
