//===- passes/lowering/LowerExperts.cpp ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tokens that go to an expert are the rows of one product with its matrix. A
// prefill therefore puts the parts of all tokens in the order of the experts:
//
//   routes   token 0: 5 2   token 1: 2 7   token 2: 2 5
//   groups   expert 2: (0,1) (1,0) (2,0)   expert 5: (0,0) (2,1)   expert 7: (1,1)
//
// and what the experts make lies in memory in that order. A decode step has one
// token: its parts are the groups, in the order of its routes.
//
// Gate and up: the columns of all groups in a row are dealt out to the threads, a
// column counting as many times as its group has tokens. Down: each thread has the
// same columns of every expert, and adds them up for all tokens.
//===----------------------------------------------------------------------===//
#include "passes/lowering/StepBuilder.h"

#include "ir/kernels/PackedLayout.h"

using namespace mlir;
using namespace qwenc;

namespace {

/// Tokens of one expert: `count` entries from `first` on.
struct Group {
  Value expert, first, count;
};

int64_t panelsOf(int64_t rows) { return llvm::divideCeil(rows, int64_t(kPanelRows)); }

class Routing {
public:
  /// `tables`: memory of this thread for getGroupsLayout; a decode step of
  /// operations that need no places has none.
  Routing(StepBuilder &step, Value routes, Value tables)
      : step(step), type(cast<ir::RoutesType>(routes.getType())), numbers(step.address(routes)),
        weights(step.offset(numbers, ir::getRoutesLayout(type, step.slotRows(routes)).weights)),
        layout(ir::getGroupsLayout(type, step.slotRows(routes))), tables(tables) {}

  StepBuilder &step;
  ir::RoutesType type;
  Value numbers, weights;

  /// Numbers of the entries of the tokens being computed, and how many those are.
  Share entries() {
    return {step.mul(step.firstRow, type.getUsed()), step.mul(step.count, type.getUsed())};
  }
  Value entryCount() { return step.mul(step.sub(step.count, step.firstRow), type.getUsed()); }
  Value orderTable() { return step.offset(tables, layout.order); }
  Value placeTable() { return step.offset(tables, layout.place); }

  /// Fills in the tables: counts, sums them up, and places the entries, tokens in
  /// order. In a decode step the only table is `place`.
  void group() {
    Value zero = step.i64(0), one = step.i64(1);
    if (step.decode) {
      for (int64_t i = 0; i < type.getUsed(); ++i)
        step.storeI32(placeTable(), step.i64(i), step.i64(i));
      return;
    }
    Value experts = step.i64(type.getExperts()), next = step.offset(tables, layout.next);
    step.loop(zero, experts, one, [&](Value e) { step.storeI32(next, e, zero); });
    auto expertOf = [&](Value entry) { return step.loadI32(numbers, entry); };
    Share all = entries();
    step.loop(all.begin, all.end, one, [&](Value entry) {
      Value e = expertOf(entry);
      step.storeI32(next, e, step.add(step.loadI32(next, e), one));
    });
    step.storeI32(tables, zero, zero);
    step.loop(zero, experts, one, [&](Value e) {
      Value start = step.loadI32(tables, e);
      step.storeI32(tables, step.add(e, one), step.add(start, step.loadI32(next, e)));
      step.storeI32(next, e, start);
    });
    step.loop(all.begin, all.end, one, [&](Value entry) {
      Value e = expertOf(entry), at = step.loadI32(next, e);
      step.storeI32(next, e, step.add(at, one));
      step.storeI32(orderTable(), at, entry);
      step.storeI32(placeTable(), entry, at);
    });
  }

  /// Emits `body` for each group that has tokens.
  void forEach(llvm::function_ref<void(Group)> body) {
    Value one = step.i64(1);
    if (step.decode)
      return step.loop(step.i64(0), step.i64(type.getUsed()), one,
                       [&](Value part) { body({step.loadI32(numbers, part), part, one}); });
    step.loop(step.i64(0), step.i64(type.getExperts()), one, [&](Value expert) {
      Value first = step.loadI32(tables, expert);
      Value end = step.loadI32(tables, step.add(expert, one));
      step.ifAny({first, end}, [&] { body({expert, first, step.sub(end, first)}); });
    });
  }

private:
  ir::GroupsLayout layout;
  Value tables;
};

/// The packed matrix of an expert.
Value expertWeight(StepBuilder &step, Value handle, Value expert) {
  auto type = cast<ir::WeightType>(handle.getType());
  int64_t bytes =
      packedBytes(static_cast<WeightFormat>(type.getFormat()), type.getRows(), type.getCols());
  return step.offset(step.weightAddress(handle), step.mul(expert, bytes));
}

/// Row `row` of an activation of `cols` columns that a kernel reads. `value` may
/// hold several of these rows in each of its own.
Q8Address rowAddress(StepBuilder &step, Value pointer, Value value, int64_t cols, Value row) {
  if (!isa<ir::Q8Type>(value.getType())) {
    Value floats = step.offset(pointer, step.mul(row, cols * 4));
    return {floats, floats, floats}; // scales are not read by kernels of float formats
  }
  int64_t rows = step.slotRows(value) * (ir::getColumns(value.getType()) / cols);
  return step.q8Address(cast<ir::Q8Type>(value.getType()), pointer, cols, rows, row);
}

class GateUpLowering {
public:
  GateUpLowering(StepBuilder &step, ir::ExpertGateUpOp op)
      : step(step), op(op), cols(op.getGate().getType().getRows()),
        inputCols(op.getGate().getType().getCols()),
        routing(step, op.getRoutes(), step.decode ? Value() : step.slotAddress(op, 3)) {}

  void run() {
    if (!step.decode)
      routing.group();
    int64_t panels = panelsOf(cols);
    const int64_t unit = ir::getColumnUnit(op.getOutput().getType()) / kPanelRows;
    Share work = step.threadShare(step.mul(routing.entryCount(), panels));
    routing.forEach([&](Group group) {
      Value before = step.mul(group.first, panels);
      auto panelAt = [&](Value bound) {
        Value inside = step.max(step.i64(0), step.sub(bound, before));
        Value units = step.ceilDiv(inside, step.mul(group.count, unit));
        return step.min(step.mul(units, unit), step.i64(panels));
      };
      Share mine = {panelAt(work.begin), panelAt(work.end)};
      step.ifAny(mine, [&] { computeGroup(group, mine); });
    });
  }

private:
  void computeGroup(Group group, Share panels) {
    Value input = step.address(op.getInput());
    if (step.decode)
      return computePanels(group, input, panels, cols);
    Value gathered = step.slotAddress(op, 4);
    gather(group, input, gathered);
    // A few panels at a time: their results are in the cache when SwiGLU reads them.
    int64_t block = ir::kGateUpColumns / kPanelRows;
    step.loop(panels.begin, panels.end, step.i64(block), [&](Value first) {
      Share part = {first, step.min(step.add(first, step.i64(block)), panels.end)};
      computePanels(group, gathered, part, ir::kGateUpColumns);
    });
  }

  /// The rows of the group's tokens, one after the other.
  void gather(Group group, Value input, Value gathered) {
    step.loop(step.i64(0), group.count, step.i64(1), [&](Value row) {
      Value entry = step.loadI32(routing.orderTable(), step.add(group.first, row));
      Value token = step.div(entry, routing.type.getUsed());
      Q8Address from = rowAddress(step, input, op.getInput(), inputCols, token);
      Q8Address to = rowAddress(step, gathered, op.getInput(), inputCols, row);
      if (!isa<ir::Q8Type>(op.getInput().getType()))
        return step.copy(to.q, from.q, inputCols * 4);
      step.copy(to.q, from.q, inputCols);
      step.copy(to.scale, from.scale, inputCols / 32 * 4);
      step.copy(to.neg8, from.neg8, inputCols / 32 * 4);
      if (to.halves)
        step.copy(to.halves, from.halves, inputCols / 16 * 4);
      if (to.scaled)
        step.copy(to.scaled, from.scaled, inputCols / 32 * 4);
    });
  }

  /// Scratch rows hold `stride` columns: all of an expert in a decode step, with a
  /// row for each group; those from panels.begin on in a prefill.
  void computePanels(Group group, Value input, Share panels, int64_t stride) {
    Value gate = step.slotAddress(op, 1), up = step.slotAddress(op, 2);
    Value skipped =
        step.decode ? step.mul(group.first, stride * 4) : step.mul(panels.begin, -4 * kPanelRows);
    gate = step.offset(gate, skipped);
    up = step.offset(up, skipped);
    Q8Address rows = rowAddress(step, input, op.getInput(), inputCols, step.i64(0));
    for (auto [index, weight, out] :
         {std::tuple(0u, op.getGate(), gate), std::tuple(1u, op.getUp(), up)})
      step.callMatmul(op, index, expertWeight(step, weight, group.expert), weight.getType(), rows,
                      panels, group.count, {out, stride});

    Share share = {step.mul(panels.begin, kPanelRows),
                   step.min(step.mul(panels.end, kPanelRows), step.i64(cols))};
    Value output = step.address(op.getOutput());
    Q8Address out = rowAddress(step, output, op.getOutput(), cols, group.first);
    step.forRowBlocks({step.i64(0), group.count}, [&](Share rows) {
      HalideArg gateArg = step.rows2D(gate, share, rows, stride);
      HalideArg upArg = step.rows2D(up, share, rows, stride);
      auto q8 = dyn_cast<ir::Q8Type>(op.getOutput().getType());
      if (!q8)
        return step.callHalide("swiglu", {},
                               {gateArg, upArg, step.rows2D(out.q, share, rows, cols)});
      SmallVector<HalideArg> args = {gateArg, upArg, gateArg};
      llvm::append_range(args, step.q8Arguments(out, cols, share, rows));
      step.callHalide("swiglu_quantize", step.q8Facts(q8), args);
    });
  }

  StepBuilder &step;
  ir::ExpertGateUpOp op;
  int64_t cols, inputCols;
  Routing routing;
};

void lowerDown(StepBuilder &step, ir::ExpertDownOp op) {
  ir::WeightType type = op.getWeight().getType();
  int64_t cols = type.getRows(), used = op.getRoutes().getType().getUsed();
  Value products = step.slotAddress(op, 1);
  Routing routing(step, op.getRoutes(), step.slotAddress(op, 2));
  Share panels = step.threadShare(step.i64(panelsOf(cols)));
  step.ifAny(panels, [&] {
    routing.group();
    Value input = step.address(op.getInput());
    routing.forEach([&](Group group) {
      Q8Address rows = rowAddress(step, input, op.getInput(), type.getCols(), group.first);
      Value out = step.offset(products, step.mul(group.first, cols * 4));
      step.callMatmul(op, 0, expertWeight(step, op.getWeight(), group.expert), type, rows, panels,
                      group.count, {out, cols});
    });
    Share share = {step.mul(panels.begin, kPanelRows),
                   step.min(step.mul(panels.end, kPanelRows), step.i64(cols))};
    Share tokens = {step.firstRow, step.count}, entries = {step.i64(0), routing.entryCount()};
    HalideDim partDim, tokenDim = {tokens.begin, step.sub(tokens.end, tokens.begin), used};
    HalideArg place{routing.placeTable(), 4, {partDim, tokenDim}};
    HalideArg weights{routing.weights, 4, {partDim, tokenDim}};
    step.callHalide("expert_sum", {step.attr("rows", used)},
                    {step.rows2D(products, share, entries, cols), place, weights,
                     step.rows2D(step.address(op.getResidual()), share, tokens, cols),
                     step.rows2D(step.address(op.getOutput()), share, tokens, cols)});
  });
}

void lowerTopExperts(StepBuilder &step, ir::TopExpertsOp op) {
  ir::RoutesType type = op.getRoutes().getType();
  Share rows = step.rowsOf(op);
  step.ifAny(rows, [&] {
    HalideDim all, tokens = {rows.begin, step.sub(rows.end, rows.begin), type.getExperts()};
    HalideArg logits{step.address(op.getLogits()), 4, {all, tokens}};
    tokens.stride = type.getUsed();
    Value numbers = step.address(op.getRoutes());
    int64_t weights = ir::getRoutesLayout(type, step.slotRows(op.getRoutes())).weights;
    step.callHalide(
        "top_experts",
        {step.attr("width", type.getExperts()), step.attr("rows", type.getUsed()),
         step.attr("normalized", int64_t(op.getNormalized()))},
        {logits, {numbers, 4, {all, tokens}}, {step.offset(numbers, weights), 4, {all, tokens}}});
  });
}

void lowerSigmoidGate(StepBuilder &step, ir::SigmoidGateOp op) {
  int64_t cols = ir::getColumns(op.getValue().getType());
  int64_t width = ir::getColumns(op.getInput().getType());
  Share rows = step.rowsOf(op), all = {step.i64(0), step.i64(cols)};
  step.ifAny(rows, [&] {
    step.callHalide("sigmoid_gate", {step.attr("width", width)},
                    {step.rows2D(step.address(op.getValue()), all, rows, cols),
                     step.rows2D(step.address(op.getInput()), {}, rows, width),
                     {step.weightAddress(op.getWeight()), 4, {HalideDim()}},
                     step.rows2D(step.address(op.getOutput()), all, rows, cols)});
  });
}

} // namespace

bool qwenc::lowerExperts(StepBuilder &step, Operation *op) {
  if (auto top = dyn_cast<ir::TopExpertsOp>(op))
    lowerTopExperts(step, top);
  else if (auto gate = dyn_cast<ir::SigmoidGateOp>(op))
    lowerSigmoidGate(step, gate);
  else if (auto gateUp = dyn_cast<ir::ExpertGateUpOp>(op))
    GateUpLowering(step, gateUp).run();
  else if (auto down = dyn_cast<ir::ExpertDownOp>(op))
    lowerDown(step, down);
  else
    return false;
  return true;
}
