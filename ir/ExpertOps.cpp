//===- ir/ExpertOps.cpp - verifiers of operations with experts ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/QwenDialect.h"

using namespace mlir;
using namespace qwenc::ir;

/// The matrices are of the experts that the routes choose from, of rows as long as
/// `cols`; with int8 activations exactly where the format computes with integers.
static LogicalResult verifyExperts(Operation *op, Type input, int64_t cols, RoutesType routes,
                                   WeightType weight) {
  if (!weight.isExperts() || weight.getExperts() != routes.getExperts())
    return op->emitOpError() << "expects a matrix for each of " << routes.getExperts()
                             << " experts, not " << weight;
  if (weight.getCols() != cols)
    return op->emitOpError() << "rows of " << cols << " do not fit rows of " << weight;
  if (isa<ExpertGateUpOp, ExpertDownOp>(op))
    return verifyActivations(op, input, weight);
  return success();
}

static LogicalResult verifyResult(Operation *op, int64_t columns, int64_t expected) {
  if (columns != expected)
    return op->emitOpError() << "gives " << expected << " columns, not " << columns;
  return success();
}

/// Part s of a row belongs to expert s of the token.
static LogicalResult verifyParts(Operation *op, Type input, RoutesType routes, WeightType weight) {
  int64_t columns = getColumns(input);
  if (columns % routes.getUsed())
    return op->emitOpError() << "a row of " << columns << " columns is not the results of "
                             << routes.getUsed() << " experts";
  return verifyExperts(op, input, columns / routes.getUsed(), routes, weight);
}

LogicalResult TopExpertsOp::verify() {
  int64_t columns = getColumns(getLogits().getType());
  if (columns != getRoutes().getType().getExperts())
    return emitOpError() << "has " << columns << " logits for " << getRoutes().getType();
  return success();
}

LogicalResult ExpertMatmulOp::verify() {
  Type input = getInput().getType();
  RoutesType routes = getRoutes().getType();
  WeightType weight = getWeight().getType();
  if (failed(verifyExperts(*this, input, getColumns(input), routes, weight)))
    return failure();
  return verifyResult(*this, getColumns(getOutput().getType()),
                      routes.getUsed() * weight.getRows());
}

LogicalResult ExpertSumOp::verify() {
  WeightType weight = getWeight().getType();
  if (failed(verifyParts(*this, getInput().getType(), getRoutes().getType(), weight)))
    return failure();
  return verifyResult(*this, getColumns(getOutput().getType()), weight.getRows());
}

LogicalResult SigmoidGateOp::verify() {
  WeightType weight = getWeight().getType();
  int64_t columns = getColumns(getInput().getType());
  if (weight.getShape().size() != 1 || weight.getRows() != columns)
    return emitOpError() << "the gate must have " << columns << " elements, not " << weight;
  return success();
}

LogicalResult ExpertGateUpOp::verify() {
  Type input = getInput().getType();
  RoutesType routes = getRoutes().getType();
  for (WeightType weight : {getGate().getType(), getUp().getType()})
    if (failed(verifyExperts(*this, input, getColumns(input), routes, weight)) ||
        failed(verifyResult(*this, getColumns(getOutput().getType()),
                            routes.getUsed() * weight.getRows())))
      return failure();
  return success();
}

LogicalResult ExpertDownOp::verify() {
  WeightType weight = getWeight().getType();
  if (failed(verifyParts(*this, getInput().getType(), getRoutes().getType(), weight)))
    return failure();
  return verifyResult(*this, getColumns(getOutput().getType()), weight.getRows());
}
