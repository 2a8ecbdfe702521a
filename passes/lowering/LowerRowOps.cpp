//===- passes/lowering/LowerRowOps.cpp -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations on whole rows or elements, divided by tokens or replicated.
//===----------------------------------------------------------------------===//
#include "passes/lowering/StepBuilder.h"

#include "ir/kernels/KernelName.h"

using namespace mlir;
using namespace qwenc;

namespace {

HalideArg vector(StepBuilder &step, Value weight) {
  return {step.weightAddress(weight), 4, {HalideDim()}};
}

HalideArg matrix(StepBuilder &step, Value value, Share rows) {
  int64_t cols = ir::getColumns(value.getType());
  return step.rows2D(step.address(value), {step.i64(0), step.i64(cols)}, rows, cols);
}

/// scale, q and all sums of a quantised result, as kernels take them.
SmallVector<HalideArg> q8Arguments(StepBuilder &step, Value result, Share cols, Share rows) {
  return step.q8Arguments(step.q8Address(result, step.i64(0)), ir::getColumns(result.getType()),
                          cols, rows);
}

void lowerNormQuantize(StepBuilder &step, ir::NormQuantizeOp op) {
  int64_t cols = op.getOutput().getType().getCols();
  step.forRowBlocks(step.rowsOf(op), [&](Share rows) {
    SmallVector<HalideArg> args = {
        matrix(step, op.getInput(), rows), vector(step, op.getWeight()),
        step.rows2D(step.slotAddress(op, 1), {step.i64(0), step.i64(cols)}, rows, cols)};
    llvm::append_range(args,
                       q8Arguments(step, op.getOutput(), {step.i64(0), step.i64(cols)}, rows));
    SmallVector<NamedAttribute> facts = {step.attr("width", cols),
                                         step.attr("eps", op.getEps().convertToDouble())};
    llvm::append_range(facts, step.q8Facts(op.getOutput().getType()));
    step.callHalide("norm_quantize", facts, args);
  });
}

void lowerQuantize(StepBuilder &step, ir::QuantizeOp op) {
  int64_t width = op.getOutput().getType().getCols();
  auto quantize = [&](Share cols, Share rows) {
    SmallVector<HalideArg> args = {step.rows2D(step.address(op.getInput()), cols, rows, width)};
    llvm::append_range(args, q8Arguments(step, op.getOutput(), cols, rows));
    step.callHalide("quantize", step.q8Facts(op.getOutput().getType()), args);
  };
  auto split = op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
  if (split.getKind() != ir::SplitKind::Heads) {
    step.forRowBlocks(step.rowsOf(op),
                      [&](Share rows) { quantize({step.i64(0), step.i64(width)}, rows); });
    return;
  }
  // The same units as the attention that made the input.
  auto attention = op.getInput().getDefiningOp<ir::AttentionOp>();
  int64_t headDim = attention.getKv().getType().getHeadDim();
  forEachHeadUnit(step, split, width / headDim, [&](Share heads, Share rows) {
    quantize({step.mul(heads.begin, headDim), step.mul(heads.end, headDim)}, rows);
  });
}

/// Element-wise operations and norms: inputs, then the output, all by rows.
void lowerByRows(StepBuilder &step, Operation *op, StringRef kind, ArrayRef<NamedAttribute> facts,
                 llvm::function_ref<SmallVector<HalideArg>(Share)> args) {
  Share rows = step.rowsOf(op);
  step.ifAny(rows, [&] { step.callHalide(kind, facts, args(rows)); });
}

HalideArg headsMatrix(StepBuilder &step, Value value, int64_t headDim, Share rows) {
  int64_t cols = ir::getColumns(value.getType());
  return {step.address(value),
          4,
          {HalideDim(),
           {step.i64(0), step.i64(cols / headDim), headDim},
           {rows.begin, step.sub(rows.end, rows.begin), cols}}};
}

void lowerKVStore(StepBuilder &step, ir::KVStoreOp op) {
  ir::KVType kv = op.getKv().getType();
  Share rows = step.rowsOf(op);
  step.ifAny(rows, [&] {
    HalideArg position{step.toI32(step.position), 4, {}, /*isScalar=*/true};
    auto store = [&](StringRef kind, Value source, bool keys) {
      SmallVector<HalideArg> args = {headsMatrix(step, source, kv.getHeadDim(), rows), position};
      step.appendKVPlanes(args, kv, keys);
      step.callHalide(kind, step.kvFacts(kv), args);
    };
    store("k_store", op.getKeys(), true);
    store("v_store", op.getValues(), false);
  });
}

void lowerEmbed(StepBuilder &step, ir::EmbedOp op) {
  auto target = step.module->getAttrOfType<ir::TargetAttr>(ir::kTargetAttrName);
  ir::WeightType weight = op.getWeight().getType();
  std::string kernel = embeddingKernelName(*parseKernelClass(target.getKernelClass()),
                                           static_cast<WeightFormat>(weight.getFormat()));
  Share rows = step.rowsOf(op);
  step.callKernel(kernel,
                  {step.weightAddress(op.getWeight()), step.tokens, step.address(op.getOutput()),
                   rows.begin, rows.end, step.i64(weight.getCols()), step.i64(weight.getCols())});
}

} // namespace

bool qwenc::lowerRowOp(StepBuilder &step, Operation *op) {
  if (auto embed = dyn_cast<ir::EmbedOp>(op)) {
    lowerEmbed(step, embed);
  } else if (auto norm = dyn_cast<ir::NormQuantizeOp>(op)) {
    lowerNormQuantize(step, norm);
  } else if (auto quantize = dyn_cast<ir::QuantizeOp>(op)) {
    lowerQuantize(step, quantize);
  } else if (auto norm = dyn_cast<ir::RMSNormOp>(op)) {
    int64_t cols = ir::getColumns(norm.getInput().getType());
    lowerByRows(step, op, "rms_norm",
                {step.attr("width", cols), step.attr("eps", norm.getEps().convertToDouble())},
                [&](Share rows) -> SmallVector<HalideArg> {
                  return {matrix(step, norm.getInput(), rows), vector(step, norm.getWeight()),
                          matrix(step, norm.getOutput(), rows)};
                });
  } else if (auto norm = dyn_cast<ir::HeadNormOp>(op)) {
    int64_t headDim = norm.getWeight().getType().getRows();
    lowerByRows(step, op, "head_norm",
                {step.attr("head_dim", headDim), step.attr("eps", norm.getEps().convertToDouble())},
                [&](Share rows) -> SmallVector<HalideArg> {
                  return {headsMatrix(step, norm.getInput(), headDim, rows),
                          vector(step, norm.getWeight()),
                          headsMatrix(step, norm.getOutput(), headDim, rows)};
                });
  } else if (auto rope = dyn_cast<ir::RopeOp>(op)) {
    int64_t headDim = rope.getHeadDim();
    lowerByRows(step, op, "rope",
                {step.attr("head_dim", headDim),
                 step.attr("interleaved", int64_t(rope.getMode() == ir::RopeMode::Pairs))},
                [&](Share rows) -> SmallVector<HalideArg> {
                  SmallVector<HalideArg> args = {headsMatrix(step, rope.getInput(), headDim, rows)};
                  step.appendRopeArguments(args);
                  args.push_back(headsMatrix(step, rope.getOutput(), headDim, rows));
                  return args;
                });
  } else if (auto store = dyn_cast<ir::KVStoreOp>(op)) {
    lowerKVStore(step, store);
  } else if (auto bias = dyn_cast<ir::AddBiasOp>(op)) {
    lowerByRows(step, op, "add_bias", {}, [&](Share rows) -> SmallVector<HalideArg> {
      HalideDim cols = {step.i64(0), step.i64(ir::getColumns(bias.getInput().getType())), 1};
      return {matrix(step, bias.getInput(), rows),
              {step.weightAddress(bias.getBias()), 4, {cols}},
              matrix(step, bias.getOutput(), rows)};
    });
  } else if (isa<ir::AddOp, ir::SwiGLUOp>(op)) {
    lowerByRows(step, op, isa<ir::AddOp>(op) ? "add" : "swiglu", {},
                [&](Share rows) -> SmallVector<HalideArg> {
                  return {matrix(step, op->getOperand(0), rows),
                          matrix(step, op->getOperand(1), rows),
                          matrix(step, op->getResult(0), rows)};
                });
  } else {
    return false;
  }
  return true;
}
