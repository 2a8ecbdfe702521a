//===- passes/lowering/DescribeOperations.cpp - operations for people ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/lowering/DescribeOperations.h"

#include "ir/kernels/KernelSpec.h"
#include "ir/kernels/PackedLayout.h"

using namespace mlir;
using namespace qwenc;

/// The name of the first tensor that the operation reads.
static StringRef tensorName(Operation *op) {
  for (Value operand : op->getOperands()) {
    if (auto weight = operand.getDefiningOp<ir::WeightOp>())
      return weight.getTensor();
    if (auto weight = operand.getDefiningOp<ir::LayerWeightOp>())
      return weight.getTensor();
  }
  return "";
}

std::string qwenc::describeOperation(Operation *op) {
  StringRef tensor = tensorName(op);
  std::string name = op->getName().stripDialect().str();
  return tensor.empty() ? name : name + " " + tensor.str();
}

SmallVector<Attribute> qwenc::describeOperations(func::FuncOp step) {
  Builder builder(step.getContext());
  SmallVector<Attribute> result;
  Block *trimmed = nullptr; // of which the rest is only for rows with logits
  step.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<ir::LogitRowsOp, ir::TrimLastLayerOp>(op))
      trimmed = op->getBlock();
    if (!op->hasAttr(ir::kSplitAttrName))
      return;
    int64_t macs = 0, bytes = 0, executions = 1;
    if (op->hasAttr(ir::kKernelsAttrName))
      for (Value operand : op->getOperands())
        if (auto type = dyn_cast<ir::WeightType>(operand.getType());
            type && type.getShape().size() > 1) {
          int64_t used = ir::getMatricesUsed(op);
          macs += used * type.getRows() * type.getCols();
          bytes += used * packedBytes(static_cast<WeightFormat>(type.getFormat()), type.getRows(),
                                      type.getCols());
        }
    if (auto layers = dyn_cast<ir::LayersOp>(op->getParentOp())) {
      int64_t body = op->getParentRegion()->getRegionNumber();
      executions = llvm::count(layers.getOrder(), body);
    }
    auto number = [&](StringRef name, int64_t value) {
      return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
    };
    result.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("name", builder.getStringAttr(describeOperation(op))),
         number("macs", macs), number("weight_bytes", bytes), number("executions", executions),
         number("logit_executions", op->getBlock() == trimmed ? 1 : 0)}));
  });
  return result;
}
