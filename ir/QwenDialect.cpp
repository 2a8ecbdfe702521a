//===- ir/QwenDialect.cpp - registration -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/QwenDialect.h"

#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace qwenc::ir;

#include "ir/QwenDialect.cpp.inc"
#include "ir/QwenEnums.cpp.inc"

void QwenDialect::initialize() {
  registerQwenAttributes();
  registerQwenTypes();
  addOperations<
#define GET_OP_LIST
#include "ir/QwenOps.cpp.inc"
      >();
}

/// Attributes that passes hang on operations must have the type that later
/// passes will cast them to.
LogicalResult QwenDialect::verifyOperationAttribute(Operation *op, NamedAttribute named) {
  StringRef name = named.getName();
  Attribute attr = named.getValue();
  auto check = [&](bool good, StringRef expected) -> LogicalResult {
    if (good)
      return success();
    return op->emitOpError() << "attribute '" << name << "' must be " << expected;
  };
  if (name == kModelAttrName)
    return check(isa<ModelAttr>(attr), "#qwen.model");
  if (name == kTargetAttrName)
    return check(isa<TargetAttr>(attr), "#qwen.target");
  if (name == kRowOrderAttrName)
    return check(isa<RowOrderAttr>(attr), "#qwen.row_order");
  if (name == kPackedAttrName)
    return check(isa<PackedAttr>(attr), "#qwen.packed");
  if (name == kRopeTablesAttrName)
    return check(isa<PackedAttr>(attr), "#qwen.packed");
  for (StringRef bytes :
       {kWeightBytesAttrName, kMaxBatchAttrName, kArenaSharedAttrName, kArenaThreadAttrName})
    if (name == bytes)
      return check(isa<IntegerAttr>(attr), "an integer");
  if (name == kPhaseAttrName) {
    auto phase = dyn_cast<StringAttr>(attr);
    return check(phase && (phase == "prefill" || phase == "decode"), "\"prefill\" or \"decode\"");
  }
  if (name == kSplitAttrName)
    return check(isa<SplitAttr>(attr), "#qwen.split");
  if (name == kSlotsAttrName) {
    auto slots = dyn_cast<ArrayAttr>(attr);
    return check(slots && llvm::all_of(slots, llvm::IsaPred<SlotAttr>), "an array of #qwen.slot");
  }
  if (name == kKernelsAttrName) {
    auto names = dyn_cast<ArrayAttr>(attr);
    return check(names && llvm::all_of(names, llvm::IsaPred<StringAttr>), "an array of strings");
  }
  return success();
}

StringRef qwenc::ir::getPhase(Operation *function) {
  auto phase = function->getAttrOfType<StringAttr>(kPhaseAttrName);
  return phase ? phase.getValue() : "";
}

int64_t qwenc::ir::getSourceRow(TensorOp tensor, int64_t row) {
  auto order = tensor->getAttrOfType<RowOrderAttr>(kRowOrderAttrName);
  return order ? order.sourceRow(row) : row;
}

int64_t qwenc::ir::getMatricesUsed(Operation *projection) {
  for (Value operand : projection->getOperands())
    if (auto routes = dyn_cast<RoutesType>(operand.getType()))
      return routes.getUsed();
  return 1;
}

int64_t qwenc::ir::getColumns(Type activation) {
  if (auto q8 = dyn_cast<Q8Type>(activation))
    return q8.getCols();
  return cast<RankedTensorType>(activation).getDimSize(1);
}
