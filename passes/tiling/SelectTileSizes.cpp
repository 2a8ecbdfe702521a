//===- passes/tiling/SelectTileSizes.cpp -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "ir/kernels/KernelName.h"
#include "ir/kernels/KernelSpec.h"

namespace qwenc {
#define GEN_PASS_DEF_SELECTTILESIZES
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct SelectTileSizes : qwenc::impl::SelectTileSizesBase<SelectTileSizes> {
  void runOnOperation() override {
    auto target = getOperation()->getAttrOfType<ir::TargetAttr>(ir::kTargetAttrName);
    if (!target) {
      getOperation().emitError("the module has no qwen.target attribute");
      return signalPassFailure();
    }
    std::optional<KernelClass> cls = parseKernelClass(target.getKernelClass());
    if (!cls) {
      getOperation().emitError() << "no kernels are known for class '" << target.getKernelClass()
                                 << "'";
      return signalPassFailure();
    }
    for (auto step : getOperation().getOps<func::FuncOp>())
      step.walk([&](Operation *op) { selectKernels(op, *cls, phaseOf(step)); });
  }

  static KernelPhase phaseOf(func::FuncOp step) {
    auto phase = step->getAttrOfType<StringAttr>(ir::kPhaseAttrName);
    return phase && phase.getValue() == "decode" ? KernelPhase::Decode : KernelPhase::Prefill;
  }

  static void selectKernels(Operation *op, KernelClass cls, KernelPhase phase) {
    SmallVector<Attribute> names;
    Builder builder(op->getContext());
    auto add = [&](Value weight, Epilogue epilogue) {
      auto format = static_cast<WeightFormat>(cast<ir::WeightType>(weight.getType()).getFormat());
      names.push_back(
          builder.getStringAttr(formatKernelName(defaultMatmulSpec(cls, format, epilogue, phase))));
    };
    auto biased = [](Value bias) { return bias ? Epilogue::Bias : Epilogue::Store; };
    if (auto linear = dyn_cast<ir::LinearOp>(op)) {
      add(linear.getWeight(),
          linear.getResidual() ? Epilogue::Accumulate : biased(linear.getBias()));
    } else if (auto qkv = dyn_cast<ir::QKVProjectOp>(op)) {
      add(qkv.getWq(), biased(qkv.getBq()));
      add(qkv.getWk(), biased(qkv.getBk()));
      add(qkv.getWv(), biased(qkv.getBv()));
    } else if (auto gateUp = dyn_cast<ir::GateUpOp>(op)) {
      add(gateUp.getGate(), Epilogue::Store);
      add(gateUp.getUp(), Epilogue::Store);
    } else if (auto gateUp = dyn_cast<ir::ExpertGateUpOp>(op)) {
      add(gateUp.getGate(), Epilogue::Store);
      add(gateUp.getUp(), Epilogue::Store);
    } else if (auto down = dyn_cast<ir::ExpertDownOp>(op)) {
      add(down.getWeight(), Epilogue::Store);
    }
    if (!names.empty())
      op->setAttr(ir::kKernelsAttrName, builder.getArrayAttr(names));
  }
};

} // namespace
