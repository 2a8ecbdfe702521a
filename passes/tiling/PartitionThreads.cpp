//===- passes/tiling/PartitionThreads.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One phase runs between two barriers. Inside a phase every thread may be at
// any operation, so an operation may read without a barrier only
//   - what its own thread wrote (the same split, or a replicated value), or
//   - what was complete at the last barrier,
// and it may write over the residual stream only when no other thread may still
// be reading it since that barrier.
// A body of qwen.layers starts with a barrier: the residual stream that comes in
// was written by all threads, in columns, and is read whole.
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "ir/Scheduled.h"
#include "ir/kernels/HalideKernelSpec.h"
#include "ir/kernels/PackedLayout.h"

#include <numeric>

namespace qwenc {
#define GEN_PASS_DEF_PARTITIONTHREADS
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

/// Splits each operation of one step function and places its barriers.
class Partitioner {
public:
  explicit Partitioner(func::FuncOp step)
      : decode(ir::getPhase(step) == "decode"), context(step.getContext()) {}

  void run(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block))
      visit(&op);
  }

private:
  void visit(Operation *op) {
    if (auto layers = dyn_cast<ir::LayersOp>(op)) {
      for (Region &body : layers.getBodies()) {
        pending.clear();
        readers.clear();
        pending.insert({body.getArgument(0), nullptr});
        run(body.front());
      }
      pending.clear();
      pending.insert({layers.getOutput(), nullptr});
      return;
    }
    if (auto rows = dyn_cast<ir::LogitRowsOp>(op)) {
      // A view: whoever reads it reads what its input holds.
      if (auto found = pending.find(rows.getInput()); found != pending.end())
        pending.insert({rows.getOutput(), found->second});
      return;
    }
    if (isa<ir::TrimLastLayerOp>(op))
      return forgetShares();
    ir::SplitAttr split = chooseSplit(op);
    if (!split)
      return;
    op->setAttr(ir::kSplitAttrName, split);
    if (overwritesReadValue(op, split) ||
        llvm::any_of(op->getOpOperands(),
                     [&](OpOperand &operand) { return needsBarrier(operand, split); })) {
      OpBuilder builder(op);
      ir::BarrierOp::create(builder, op->getLoc());
      pending.clear();
      readers.clear();
    }
    for (OpOperand &operand : op->getOpOperands())
      readers[operand.get()].push_back(readsOwnPart(operand) ? split : ir::SplitAttr());
    for (Value result : op->getResults())
      pending[result] = split;
  }

  /// From here on the same split may divide other rows: no value is one's own.
  void forgetShares() {
    for (auto &[value, split] : pending)
      split = {};
    for (auto &[value, splits] : readers)
      llvm::fill(splits, ir::SplitAttr());
  }

  /// `dynamic`: if this is prefill, whose units are long enough to be drawn one by
  /// one. In decode each thread streams one contiguous range of the weights.
  ir::SplitAttr get(ir::SplitKind kind, int64_t grain, int64_t tokens = 0, bool dynamic = false) {
    return ir::SplitAttr::get(context, kind, grain, tokens, dynamic && !decode);
  }

  ir::SplitAttr chooseSplit(Operation *op) {
    auto small = [&] { return get(decode ? ir::SplitKind::Replicate : ir::SplitKind::Tokens, 1); };
    if (auto linear = dyn_cast<ir::LinearOp>(op))
      return get(ir::SplitKind::Columns,
                 decode ? kPanelRows : linearGrain(linear.getWeight().getType().getRows()), 0,
                 /*dynamic=*/true);
    if (auto gateUp = dyn_cast<ir::GateUpOp>(op))
      return get(ir::SplitKind::Columns, gateUpGrain(gateUp.getOutput().getType()), 0,
                 /*dynamic=*/true);
    if (isa<ir::ExpertDownOp>(op))
      return get(ir::SplitKind::Columns, kPanelRows);
    if (isa<ir::ExpertGateUpOp>(op))
      return get(ir::SplitKind::Experts, kPanelRows);
    if (auto qkv = dyn_cast<ir::QKVProjectOp>(op))
      return get(ir::SplitKind::Heads, headGrain(qkv.getHeadDim()), 0, /*dynamic=*/true);
    if (auto attention = dyn_cast<ir::AttentionOp>(op)) {
      ir::KVType kv = attention.getKv().getType();
      return decode ? get(ir::SplitKind::Heads, headGrain(kv.getHeadDim()))
                    : get(ir::SplitKind::Heads, 1, attentionPrefillRows, /*dynamic=*/true);
    }
    if (auto quantize = dyn_cast<ir::QuantizeOp>(op)) {
      // Stay on the heads that attention gave to this thread if they are whole groups.
      auto attention = quantize.getInput().getDefiningOp<ir::AttentionOp>();
      if (!attention)
        return small();
      auto split = attention->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
      int64_t headDim = attention.getKv().getType().getHeadDim();
      int64_t group = quantize.getOutput().getType().getGroup();
      bool ownParts = !split.getDynamic() && split.getGrain() * headDim % group == 0;
      return ownParts ? split : small();
    }
    if (isa<ir::RMSNormOp, ir::NormQuantizeOp, ir::TopExpertsOp, ir::SigmoidGateOp>(op))
      return small();
    if (isa<ir::EmbedOp, ir::AddBiasOp, ir::HeadNormOp, ir::RopeOp, ir::KVStoreOp, ir::SwiGLUOp,
            ir::AddOp>(op))
      return get(ir::SplitKind::Tokens, 1);
    return {};
  }

  /// Columns of a linear that a thread of prefill draws at once: a panel, or more
  /// where there are so many that drawing would show.
  static int64_t linearGrain(int64_t rows) {
    constexpr int64_t mostUnits = 256;
    return kPanelRows * std::max<int64_t>(1, panelCount(rows) / mostUnits);
  }

  /// Columns of gate and up that a thread of prefill draws at once: as many as the
  /// scratch holds, or fewer where the last units would keep the other threads waiting.
  int64_t gateUpGrain(Type output) const {
    constexpr int64_t leastUnits = 24;
    const int64_t unit = ir::getColumnUnit(output);
    if (decode)
      return unit;
    int64_t even = ir::getColumns(output) / leastUnits / unit * unit;
    return std::clamp(even, unit, ir::kGateUpColumns);
  }

  /// Fewest heads that fill whole panels of 32 rows.
  static int64_t headGrain(int64_t headDim) { return 32 / std::gcd<int64_t>(32, headDim); }

  /// Does `operand` read bytes that another thread may not have written yet?
  bool needsBarrier(OpOperand &operand, ir::SplitAttr split) const {
    auto found = pending.find(operand.get());
    if (found == pending.end())
      return false;
    ir::SplitAttr writer = found->second;
    if (!writer || writer.getDynamic())
      return true;
    if (writer.getKind() == ir::SplitKind::Replicate)
      return false;
    return writer != split || !readsOwnPart(operand);
  }

  /// Does the operation add to its summand in place (qwen-plan-arena) while
  /// threads with another share of it may be reading it?
  bool overwritesReadValue(Operation *op, ir::SplitAttr split) const {
    Value summand;
    if (auto linear = dyn_cast<ir::LinearOp>(op))
      summand = linear.getResidual();
    else if (auto down = dyn_cast<ir::ExpertDownOp>(op))
      summand = down.getResidual();
    else if (auto add = dyn_cast<ir::AddOp>(op))
      summand = add.getLhs();
    if (!summand)
      return false;
    return llvm::any_of(readers.lookup(summand), [&](ir::SplitAttr reader) {
      return reader != split || split.getDynamic();
    });
  }

  /// With the split of its writer, does the operation read only its own part?
  static bool readsOwnPart(OpOperand &operand) {
    Operation *op = operand.getOwner();
    if (auto linear = dyn_cast<ir::LinearOp>(op))
      return operand.get() == linear.getResidual() && operand.get() != linear.getInput();
    if (auto down = dyn_cast<ir::ExpertDownOp>(op))
      return operand.get() == down.getResidual() && operand.get() != down.getInput();
    return !isa<ir::GateUpOp, ir::ExpertGateUpOp, ir::QKVProjectOp, ir::AttentionOp>(op);
  }

  bool decode;
  MLIRContext *context;
  /// Values written since the last barrier, with the split of the writer; null:
  /// written by all threads in a way that no split matches.
  DenseMap<Value, ir::SplitAttr> pending;
  /// Splits of the operations that read a value since the last barrier; null:
  /// it reads more of it than its own part.
  DenseMap<Value, SmallVector<ir::SplitAttr, 2>> readers;
};

struct PartitionThreads : qwenc::impl::PartitionThreadsBase<PartitionThreads> {
  void runOnOperation() override {
    for (auto step : getOperation().getOps<func::FuncOp>())
      if (!ir::getPhase(step).empty())
        Partitioner(step).run(step.getBody().front());
  }
};

} // namespace
