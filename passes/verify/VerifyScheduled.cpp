//===- passes/verify/VerifyScheduled.cpp -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/verify/VerifyScheduled.h"

namespace qwenc {
#define GEN_PASS_DEF_VERIFYSCHEDULED
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

static LogicalResult verify(Operation *op) {
  bool computes = isa<ir::QwenDialect>(op->getDialect()) &&
                  !isa<ir::WeightOp, ir::LayerWeightOp, ir::LayersOp, ir::YieldOp, ir::LogitRowsOp,
                       ir::BarrierOp, ir::TrimLastLayerOp>(op);
  if (!computes)
    return success();
  if (!op->hasAttr(ir::kSplitAttrName))
    return op->emitOpError("is not divided over threads");
  if (!op->hasAttr(ir::kSlotsAttrName))
    return op->emitOpError("has no arena slots");
  size_t weights = isa<ir::LinearOp, ir::ExpertDownOp>(op)     ? 1
                   : isa<ir::GateUpOp, ir::ExpertGateUpOp>(op) ? 2
                   : isa<ir::QKVProjectOp>(op)                 ? 3
                                                               : 0;
  auto kernels = op->getAttrOfType<ArrayAttr>(ir::kKernelsAttrName);
  if (weights != (kernels ? kernels.size() : 0))
    return op->emitOpError() << "needs " << weights << " kernels";
  return success();
}

LogicalResult qwenc::verifyScheduled(ModuleOp module) {
  bool bad = false;
  for (StringRef name :
       {ir::kModelAttrName, ir::kTargetAttrName, ir::kRopeTablesAttrName, ir::kWeightBytesAttrName,
        ir::kMaxBatchAttrName, ir::kArenaSharedAttrName, ir::kArenaThreadAttrName})
    if (!module->hasAttr(name)) {
      module.emitError() << "a scheduled module has the attribute " << name;
      bad = true;
    }
  for (auto tensor : module.getOps<ir::TensorOp>())
    if (!tensor->hasAttr(ir::kPackedAttrName)) {
      tensor.emitOpError("has no place in the weight section");
      bad = true;
    }
  for (auto step : module.getOps<func::FuncOp>())
    step.walk([&](Operation *op) { bad |= failed(verify(op)); });
  return bad ? failure() : checkSchedule(module);
}

namespace {
struct VerifyScheduled : qwenc::impl::VerifyScheduledBase<VerifyScheduled> {
  void runOnOperation() override {
    if (failed(verifyScheduled(getOperation())))
      signalPassFailure();
  }
};
} // namespace
