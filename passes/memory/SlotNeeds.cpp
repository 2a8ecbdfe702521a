//===- passes/memory/SlotNeeds.cpp - bytes that operations need ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/memory/SlotNeeds.h"

#include "ir/Scheduled.h"
#include "ir/kernels/HalideKernelSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qwenc;

bool qwenc::hasSlot(Value result) {
  return !isa<ir::KVType>(result.getType()) &&
         llvm::none_of(result.getUsers(),
                       [](Operation *user) { return isa<func::ReturnOp>(user); });
}

SmallVector<SlotNeed> qwenc::slotNeeds(Operation &op, ir::ModelAttr model, int64_t rows) {
  auto split = op.getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
  ir::Space space =
      split.getKind() == ir::SplitKind::Replicate ? ir::Space::Thread : ir::Space::Shared;
  SmallVector<SlotNeed> needs;
  auto add = [&](ir::Space where, int64_t bytes) {
    needs.push_back({where, int64_t(llvm::alignTo(bytes, 64))});
  };
  auto addRows = [&](int64_t cols) { add(space, rows * cols * 4); };

  for (Value result : op.getResults())
    if (hasSlot(result))
      add(space, ir::getActivationBytes(result.getType(), rows));
  if (auto qkv = dyn_cast<ir::QKVProjectOp>(op)) {
    ir::KVType kv = qkv.getKv().getType();
    addRows(ir::getColumns(qkv.getQuery().getType()));
    addRows(kv.getHeads() * kv.getHeadDim());
    addRows(kv.getHeads() * kv.getHeadDim());
  } else if (auto gateUp = dyn_cast<ir::GateUpOp>(op)) {
    int64_t cols = ir::getColumns(gateUp.getOutput().getType());
    for (int i = 0; i < 2; ++i)
      rows == 1 ? addRows(cols)
                : add(ir::Space::Thread, std::min(rows, ir::kTokenBlock) * ir::kGateUpColumns * 4);
  } else if (auto gateUp = dyn_cast<ir::ExpertGateUpOp>(op)) {
    int64_t cols = ir::getColumns(gateUp.getOutput().getType());
    for (int i = 0; i < 2; ++i)
      rows == 1 ? addRows(cols) : add(ir::Space::Thread, rows * ir::kGateUpColumns * 4);
    if (rows > 1) { // the tables of the groups, and the rows of one
      add(ir::Space::Thread, ir::getGroupsLayout(gateUp.getRoutes().getType(), rows).bytes);
      add(ir::Space::Thread, ir::getActivationBytes(gateUp.getInput().getType(), rows));
    }
  } else if (auto down = dyn_cast<ir::ExpertDownOp>(op)) {
    ir::RoutesType routes = down.getRoutes().getType();
    addRows(routes.getUsed() * ir::getColumns(down.getOutput().getType()));
    add(ir::Space::Thread, ir::getGroupsLayout(routes, rows).bytes);
  } else if (auto norm = dyn_cast<ir::NormQuantizeOp>(op)) {
    addRows(norm.getOutput().getType().getCols());
  } else if (auto attention = dyn_cast<ir::AttentionOp>(op)) {
    int64_t callRows = rows == 1 ? model.getHeads() / model.getKvHeads() : attentionPrefillRows;
    int64_t scratch =
        4 * attentionScratchFloats(callRows, llvm::alignTo(model.getContextLength(), 16));
    add(ir::Space::Thread, scratch);
    // Scores of all KV heads, for more threads than heads.
    if (rows == 1)
      add(ir::Space::Shared, scratch * model.getKvHeads());
  }
  return needs;
}
