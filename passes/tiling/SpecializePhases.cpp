//===- passes/tiling/SpecializePhases.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

namespace qwenc {
#define GEN_PASS_DEF_SPECIALIZEPHASES
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct SpecializePhases : qwenc::impl::SpecializePhasesBase<SpecializePhases> {
  using SpecializePhasesBase::SpecializePhasesBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto step = module.lookupSymbol<func::FuncOp>("step");
    if (!step) {
      module.emitError("expected a function @step to specialise");
      return signalPassFailure();
    }
    OpBuilder builder(step);
    for (StringRef phase : {"prefill", "decode"}) {
      auto clone = cast<func::FuncOp>(builder.clone(*step));
      clone.setSymName(phase);
      clone->setAttr(ir::kPhaseAttrName, builder.getStringAttr(phase));
    }
    step.erase();
    module->setAttr(ir::kMaxBatchAttrName, builder.getI64IntegerAttr(maxBatch));
  }
};

} // namespace
