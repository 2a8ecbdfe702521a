//===- ir/GraphOps.cpp - verifiers and parsers of graph operations --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/QwenDialect.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace qwenc::ir;

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

static LogicalResult verifyVector(Operation *op, StringRef what, WeightType weight, int64_t size) {
  if (weight.getShape().size() != 1 || weight.getRows() != size)
    return op->emitOpError() << what << " must have " << size << " elements, not " << weight;
  return success();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// The tensor that `name` refers to has the handle's type.
static LogicalResult verifyTensorType(Operation *op, SymbolTableCollection &symbols,
                                      StringAttr name, WeightType expected) {
  auto tensor = symbols.lookupNearestSymbolFrom<TensorOp>(op, name);
  if (!tensor)
    return op->emitOpError() << "no qwen.tensor is named '" << name.getValue() << "'";
  if (tensor.getType() != expected) {
    InFlightDiagnostic diag = op->emitOpError()
                              << "expects '" << name.getValue() << "' to be " << expected;
    diag.attachNote(tensor.getLoc()) << "it is " << tensor.getType();
    return diag;
  }
  return success();
}

LogicalResult WeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTensorType(*this, symbols, getTensorAttr().getAttr(), getWeight().getType());
}

//===----------------------------------------------------------------------===//
// LayersOp
//===----------------------------------------------------------------------===//

ParseResult LayersOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand input;
  SmallVector<int64_t> order;
  Type type;
  auto parseLayer = [&] { return parser.parseInteger(order.emplace_back()); };
  if (parser.parseOperand(input) || parser.parseKeyword("order") ||
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square, parseLayer) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) || parser.parseColonType(type) ||
      parser.resolveOperand(input, type, result.operands))
    return failure();
  result.addAttribute(getOrderAttrName(result.name),
                      parser.getBuilder().getDenseI64ArrayAttr(order));
  result.addTypes(type);
  do {
    if (parser.parseRegion(*result.addRegion()))
      return failure();
  } while (succeeded(parser.parseOptionalComma()));
  return success();
}

void LayersOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getInput() << " order [";
  llvm::interleaveComma(getOrder(), printer);
  printer << ']';
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {getOrderAttrName()});
  printer << " : " << getInput().getType() << ' ';
  llvm::interleaveComma(getBodies(), printer, [&](Region &body) { printer.printRegion(body); });
}

LogicalResult LayersOp::verify() {
  if (getInput().getType() != getOutput().getType())
    return emitOpError("hands on the residual stream in the type it came in");
  if (getOrder().empty())
    return emitOpError("has no layer in its order");
  for (int64_t body : getOrder())
    if (body < 0 || body >= int64_t(getBodies().size()))
      return emitOpError() << "order names body " << body << " of " << getBodies().size();
  for (Region &body : getBodies()) {
    Block &block = body.front();
    if (block.getNumArguments() != 1 || block.getArgument(0).getType() != getInput().getType())
      return emitOpError() << "a body takes one argument of type " << getInput().getType();
    auto yield = dyn_cast<YieldOp>(block.getTerminator());
    if (!yield || yield.getValue().getType() != getOutput().getType())
      return emitOpError() << "a body ends with qwen.yield of " << getOutput().getType();
  }
  return success();
}

LogicalResult LayersOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // A body's handles must exist, with one type, in every layer that runs it.
  for (auto [layer, body] : llvm::enumerate(getOrder()))
    for (auto handle : getBodies()[body].getOps<LayerWeightOp>()) {
      auto name = StringAttr::get(getContext(), "blk." + Twine(layer) + "." + handle.getTensor());
      if (failed(verifyTensorType(handle, symbols, name, handle.getWeight().getType())))
        return failure();
    }
  return success();
}

//===----------------------------------------------------------------------===//
// Layer operations
//===----------------------------------------------------------------------===//

LogicalResult EmbedOp::verify() {
  WeightType weight = getWeight().getType();
  if (!weight.isMatrix() || weight.getCols() != getColumns(getOutput().getType()))
    return emitOpError() << "a row of " << weight << " is not a row of " << getOutput().getType();
  return success();
}

LogicalResult RMSNormOp::verify() {
  return verifyVector(*this, "the norm's weight", getWeight().getType(),
                      getColumns(getInput().getType()));
}

LogicalResult HeadNormOp::verify() {
  WeightType weight = getWeight().getType();
  if (weight.getShape().size() != 1 || getColumns(getInput().getType()) % weight.getRows())
    return emitOpError() << "the row is not a number of heads as long as " << weight;
  return success();
}

LogicalResult DequantizeOp::verify() {
  auto type = cast<RankedTensorType>(getOutput().getType());
  if (type.getShape() != getWeight().getType().getShape())
    return emitOpError() << "keeps the shape of " << getWeight().getType();
  return success();
}

LogicalResult MatmulOp::verify() {
  auto weight = cast<RankedTensorType>(getWeight().getType());
  if (weight.getRank() != 2 || weight.getDimSize(1) != getColumns(getInput().getType()))
    return emitOpError() << "rows of " << getInput().getType() << " do not fit rows of " << weight;
  if (weight.getDimSize(0) != getColumns(getOutput().getType()))
    return emitOpError() << "gives " << weight.getDimSize(0) << " columns";
  return success();
}

LogicalResult AddBiasOp::verify() {
  return verifyVector(*this, "the bias", getBias().getType(), getColumns(getInput().getType()));
}

LogicalResult RopeOp::verify() {
  int64_t headDim = getHeadDim();
  if (headDim <= 0 || headDim % 2)
    return emitOpError() << "head_dim must be positive and even, not " << headDim;
  if (getColumns(getInput().getType()) % headDim)
    return emitOpError() << "the row is not a number of heads of " << headDim;
  return success();
}

LogicalResult KVStoreOp::verify() {
  KVType kv = getKv().getType();
  int64_t columns = kv.getHeads() * kv.getHeadDim();
  if (getColumns(getKeys().getType()) != columns || getColumns(getValues().getType()) != columns)
    return emitOpError() << "keys and values for " << kv << " have " << columns << " columns";
  return success();
}

LogicalResult AttentionOp::verify() {
  KVType kv = getKv().getType();
  int64_t columns = getColumns(getQuery().getType());
  if (columns % kv.getHeadDim() || columns / kv.getHeadDim() % kv.getHeads())
    return emitOpError() << "the query heads are no multiple of the heads of " << kv;
  return success();
}

#define GET_OP_CLASSES
#include "ir/QwenOps.cpp.inc"
