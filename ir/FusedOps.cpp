//===- ir/FusedOps.cpp - verifiers of fused operations ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/QwenDialect.h"

using namespace mlir;
using namespace qwenc::ir;

LogicalResult qwenc::ir::verifyActivations(Operation *op, Type input, WeightType weight) {
  auto q8 = dyn_cast<Q8Type>(input);
  if (bool(q8) != weight.isQuantized())
    return op->emitOpError() << (weight.isQuantized() ? "a quantised weight takes !qwen.q8"
                                                      : "a float weight takes fp32")
                             << " activations, not " << input;
  if (q8 && q8.getGroup() % weight.getActivationGroup())
    return op->emitOpError() << weight << " takes activations in groups of "
                             << weight.getActivationGroup() << ", not " << input;
  return success();
}

static LogicalResult verifyProjection(Operation *op, Type input, WeightType weight,
                                      int64_t outputs) {
  if (!weight.isMatrix() || weight.getCols() != getColumns(input))
    return op->emitOpError() << "rows of " << input << " do not fit rows of " << weight;
  if (failed(verifyActivations(op, input, weight)))
    return failure();
  if (weight.getRows() != outputs)
    return op->emitOpError() << "gives " << weight.getRows() << " columns, not " << outputs;
  return success();
}

static LogicalResult verifyVector(Operation *op, StringRef what, TypedValue<WeightType> weight,
                                  int64_t size) {
  WeightType type = weight.getType();
  if (type.getShape().size() != 1 || type.getRows() != size)
    return op->emitOpError() << what << " must have " << size << " elements, not " << type;
  return success();
}

static LogicalResult verifyColumns(Operation *op, int64_t columns, int64_t outputs) {
  if (columns != outputs)
    return op->emitOpError() << "keeps its " << columns << " columns";
  return success();
}

LogicalResult QuantizeOp::verify() {
  return verifyColumns(*this, getColumns(getInput().getType()), getOutput().getType().getCols());
}

LogicalResult NormQuantizeOp::verify() {
  int64_t columns = getColumns(getInput().getType());
  if (failed(verifyVector(*this, "the norm's weight", getWeight(), columns)))
    return failure();
  return verifyColumns(*this, columns, getOutput().getType().getCols());
}

LogicalResult LinearOp::verify() {
  int64_t outputs = getColumns(getOutput().getType());
  if (failed(verifyProjection(*this, getInput().getType(), getWeight().getType(), outputs)))
    return failure();
  if (getBias() && getResidual())
    return emitOpError("has a bias or a residual, not both");
  if (getBias() && failed(verifyVector(*this, "the bias", getBias(), outputs)))
    return failure();
  if (getResidual() && getResidual().getType() != getOutput().getType())
    return emitOpError("the residual has the type of the result");
  return success();
}

LogicalResult QKVProjectOp::verify() {
  Type input = getInput().getType();
  KVType kv = getKv().getType();
  int64_t kvColumns = kv.getHeads() * kv.getHeadDim();
  if (kv.getHeadDim() != int64_t(getHeadDim()))
    return emitOpError() << "head_dim is " << getHeadDim() << " but the cache is " << kv;
  if (failed(verifyProjection(*this, input, getWq().getType(), getColumns(getQuery().getType()))) ||
      failed(verifyProjection(*this, input, getWk().getType(), kvColumns)) ||
      failed(verifyProjection(*this, input, getWv().getType(), kvColumns)))
    return failure();
  // All three have a bias or none, both Q and K a norm or neither.
  if (bool(getBq()) != bool(getBk()) || bool(getBk()) != bool(getBv()))
    return emitOpError("Q, K and V have biases or none has");
  if (bool(getQNorm()) != bool(getKNorm()))
    return emitOpError("Q and K have head norms or neither has");
  if (getBq() &&
      (failed(verifyVector(*this, "the bias of Q", getBq(), getColumns(getQuery().getType()))) ||
       failed(verifyVector(*this, "the bias of K", getBk(), kvColumns)) ||
       failed(verifyVector(*this, "the bias of V", getBv(), kvColumns))))
    return failure();
  if (getQNorm() && (failed(verifyVector(*this, "the norm of Q", getQNorm(), kv.getHeadDim())) ||
                     failed(verifyVector(*this, "the norm of K", getKNorm(), kv.getHeadDim()))))
    return failure();
  if (bool(getQNorm()) != getEps().has_value())
    return emitOpError("head_norm and eps come together");
  return success();
}

LogicalResult GateUpOp::verify() {
  int64_t outputs = getColumns(getOutput().getType());
  if (failed(verifyProjection(*this, getInput().getType(), getGate().getType(), outputs)))
    return failure();
  return verifyProjection(*this, getInput().getType(), getUp().getType(), outputs);
}
