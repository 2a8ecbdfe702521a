//===- ir/ScheduledOps.cpp - facts about scheduled values ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/Scheduled.h"

#include "ir/kernels/KernelSpec.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qwenc::ir;

static int64_t align64(int64_t bytes) { return llvm::alignTo(bytes, 64); }

Q8Layout qwenc::ir::getQ8Layout(Q8Type type, int64_t cols, int64_t rows) {
  const int64_t line = align64(rows * (cols / 32) * 4);
  Q8Layout layout;
  layout.scale = align64(rows * cols);
  layout.neg8 = layout.scale + line;
  layout.halves = layout.neg8 + line;
  layout.scaled = layout.halves + (type.getHalves() ? align64(rows * (cols / 16) * 4) : 0);
  layout.bytes = layout.scaled + (type.getScaled() ? line : 0);
  return layout;
}

RoutesLayout qwenc::ir::getRoutesLayout(RoutesType type, int64_t rows) {
  int64_t array = align64(rows * type.getUsed() * 4);
  return {array, 2 * array};
}

GroupsLayout qwenc::ir::getGroupsLayout(RoutesType type, int64_t rows) {
  int64_t entries = align64(rows * type.getUsed() * 4);
  GroupsLayout layout;
  layout.next = align64((type.getExperts() + 1) * 4);
  layout.order = layout.next + align64(type.getExperts() * 4);
  layout.place = layout.order + entries;
  layout.bytes = layout.place + entries;
  return layout;
}

LogicalResult TrimLastLayerOp::verify() {
  for (Operation *op = (*this)->getNextNode(); op; op = op->getNextNode()) {
    if (isa<TrimLastLayerOp>(op))
      return emitOpError("stands twice in a layer");
    if (llvm::any_of(op->getResultTypes(), llvm::IsaPred<KVType>))
      return emitOpError("stands before the cache is written, which later steps read whole");
  }
  return success();
}

int64_t qwenc::ir::getColumnUnit(Type activation) {
  auto q8 = dyn_cast<Q8Type>(activation);
  return q8 ? std::max<int64_t>(kPanelRows, q8.getGroup()) : kPanelRows;
}

int64_t qwenc::ir::getActivationBytes(Type type, int64_t rows) {
  if (auto routes = dyn_cast<RoutesType>(type))
    return getRoutesLayout(routes, rows).bytes;
  if (auto q8 = dyn_cast<Q8Type>(type))
    return getQ8Layout(q8, q8.getCols(), rows).bytes;
  return align64(rows * getColumns(type) * 4);
}
