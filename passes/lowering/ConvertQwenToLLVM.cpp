//===- passes/lowering/ConvertQwenToLLVM.cpp -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks a scheduled step function in order and emits, for each operation, the
// address arithmetic of the thread's share and calls of kernels. The result is
// a module of llvm, arith and scf operations that holds no qwen operation.
//===----------------------------------------------------------------------===//
#include "passes/lowering/DescribeOperations.h"
#include "passes/lowering/StepBuilder.h"
#include "passes/verify/VerifyScheduled.h"

namespace qwenc {
#define GEN_PASS_DEF_CONVERTQWENTOLLVM
#include "passes/Passes.h.inc"
} // namespace qwenc

#include "runtime/abi/ModelAbi.h"
#include <cstddef>

using namespace mlir;
using namespace qwenc;

namespace {

class StepLowering {
public:
  StepLowering(StepBuilder &step, int64_t operations) : step(step), operations(operations) {}

  /// Lowers the operations of a block from `op` on.
  LogicalResult run(Operation *op) {
    for (; op; op = op->getNextNode()) {
      if (auto rows = dyn_cast<ir::LogitRowsOp>(op)) {
        step.setAddress(rows.getOutput(), step.address(rows.getInput()));
        return runWithRows(firstWithLogits(), op->getNextNode());
      }
      if (isa<ir::TrimLastLayerOp>(op)) {
        step.loc = op->getLoc();
        int64_t layers = cast<ir::LayersOp>(op->getParentOp()).getOrder().size();
        Value last = arith::CmpIOp::create(step.builder, step.loc, arith::CmpIPredicate::eq,
                                           step.layer, step.i64(layers - 1));
        Value first =
            arith::SelectOp::create(step.builder, step.loc, last, firstWithLogits(), step.firstRow);
        return runWithRows(first, op->getNextNode());
      }
      if (failed(lower(*op)))
        return failure();
    }
    return success();
  }

  /// Barriers that one step passes through.
  int64_t barriers = 0;

private:
  LogicalResult lower(Operation &op) {
    step.loc = op.getLoc();
    if (isa<ir::WeightOp, ir::LayerWeightOp, ir::YieldOp, func::ReturnOp>(op))
      return success();
    if (isa<ir::BarrierOp>(op)) {
      step.mark(operations);
      step.barrier();
      barriers += layersInLoop;
      return success();
    }
    if (auto layers = dyn_cast<ir::LayersOp>(op))
      return lowerLayers(layers);
    step.operation = nextOperation++;
    step.mark(step.operation);
    if (lowerProjection(step, &op) || lowerRowOp(step, &op) || lowerAttention(step, &op) ||
        lowerExperts(step, &op))
      return success();
    return op.emitOpError("has no lowering");
  }

  LogicalResult lowerLayers(ir::LayersOp layers) {
    Value stream = step.address(layers.getInput());
    step.setAddress(layers.getOutput(), stream);
    LogicalResult result = success();
    auto runBody = [&](int64_t index) {
      Block &body = layers.getBodies()[index].front();
      step.setAddress(body.getArgument(0), stream);
      layersInLoop = llvm::count(layers.getOrder(), index);
      if (failed(run(&body.front())))
        result = failure();
    };
    step.loop(step.i64(0), step.i64(layers.getOrder().size()), step.i64(1), [&](Value layer) {
      step.layer = layer;
      if (layers.getBodies().size() == 1)
        return runBody(0);
      Value body = arith::IndexCastOp::create(step.builder, step.loc, step.builder.getIndexType(),
                                              loadOrder(layers));
      auto cases = llvm::to_vector(llvm::seq<int64_t>(1, layers.getBodies().size()));
      auto choice = scf::IndexSwitchOp::create(step.builder, step.loc, TypeRange(), body, cases,
                                               cases.size());
      OpBuilder::InsertionGuard guard(step.builder);
      for (auto [index, region] : llvm::enumerate(choice->getRegions())) {
        step.builder.setInsertionPointToStart(&region.emplaceBlock());
        runBody(index);
        scf::YieldOp::create(step.builder, step.loc);
      }
    });
    layersInLoop = 1;
    step.layer = Value();
    return result;
  }

  /// Which body the current layer runs.
  Value loadOrder(ir::LayersOp layers) {
    StringRef name = "qwen_layer_order";
    Type i64 = step.builder.getI64Type();
    auto array = LLVM::LLVMArrayType::get(i64, layers.getOrder().size());
    if (!step.module.lookupSymbol(name)) {
      OpBuilder::InsertionGuard guard(step.builder);
      step.builder.setInsertionPointToStart(step.module.getBody());
      LLVM::GlobalOp::create(step.builder, step.loc, array, /*isConstant=*/true,
                             LLVM::Linkage::Internal, name,
                             step.builder.getI64TensorAttr(layers.getOrder()));
    }
    auto ptr = LLVM::LLVMPointerType::get(step.builder.getContext());
    Value base = LLVM::AddressOfOp::create(step.builder, step.loc, ptr, name);
    Value entry = LLVM::GEPOp::create(step.builder, step.loc, ptr, i64, base, step.layer);
    return LLVM::LoadOp::create(step.builder, step.loc, i64, entry);
  }

  /// The first row whose logits are wanted.
  Value firstWithLogits() {
    return step.loadField(offsetof(QwenStep, logit_begin), step.builder.getI32Type());
  }

  /// Lowers the rest of a block for the rows from `first` on, of which there may be none.
  LogicalResult runWithRows(Value first, Operation *op) {
    LogicalResult result = success();
    Value before = std::exchange(step.firstRow, first);
    step.ifAny({first, step.count}, [&] { result = run(op); });
    step.firstRow = before;
    return result;
  }

  StepBuilder &step;
  /// Operations that compute, and the number of the next one, for profiles.
  int64_t operations;
  int64_t nextOperation = 0;
  int64_t layersInLoop = 1;
};

int64_t dynamicOps(func::FuncOp step) {
  int64_t count = 0;
  step.walk([&](Operation *op) {
    auto split = op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
    count += split && split.getDynamic();
  });
  return count;
}

struct ConvertQwenToLLVM : qwenc::impl::ConvertQwenToLLVMBase<ConvertQwenToLLVM> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(verifyScheduled(module)))
      return signalPassFailure();
    Builder builder(&getContext());
    SmallVector<func::FuncOp> steps(module.getOps<func::FuncOp>());
    for (func::FuncOp function : steps) {
      StringRef phase = ir::getPhase(function);
      if (phase.empty())
        continue;
      bool decode = phase == "decode";
      StepBuilder step(module, ("qwen_" + phase).str(), decode, dynamicOps(function));
      SmallVector<Attribute> operations = describeOperations(function);
      StepLowering lowering(step, operations.size());
      if (failed(lowering.run(&function.getBody().front().front())))
        return signalPassFailure();
      step.mark(operations.size() + 1);
      step.finish();
      if (decode) {
        module->setAttr(ir::kBarriersAttrName, builder.getI64IntegerAttr(lowering.barriers));
      } else {
        module->setAttr(ir::kTicketsAttrName, builder.getI64IntegerAttr(step.ticketCounters()));
        // Both phases have the same operations: only splits and kernels differ.
        module->setAttr(ir::kOperationsAttrName, builder.getArrayAttr(operations));
      }
      function.erase();
    }
    for (auto tensor : llvm::make_early_inc_range(module.getOps<ir::TensorOp>()))
      tensor.erase();
  }
};

} // namespace
