//===- ir/QwenTypes.cpp - types ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/QwenDialect.h"
#include "ir/kernels/PackedLayout.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace qwenc::ir;

static_assert(getMaxEnumValForFormat() + 1 == qwenc::kWeightFormats,
              "Qwen_Format is WeightFormat once more");

/// `576x1536`
static ParseResult parseShape(AsmParser &parser, SmallVector<int64_t> &shape) {
  return parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false);
}
static void printShape(AsmPrinter &printer, ArrayRef<int64_t> shape) {
  llvm::interleave(shape, printer.getStream(), "x");
}

/// `?x576`: any number of tokens
static ParseResult parseTokenRows(AsmParser &parser, int64_t &cols) {
  SmallVector<int64_t> shape;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseDimensionList(shape, /*allowDynamic=*/true, /*withTrailingX=*/false))
    return failure();
  if (shape.size() != 2 || !ShapedType::isDynamic(shape[0]) || ShapedType::isDynamic(shape[1]))
    return parser.emitError(loc, "expected '?xN', N columns");
  cols = shape[1];
  return success();
}
static void printTokenRows(AsmPrinter &printer, int64_t cols) {
  printer.getStream() << "?x" << cols;
}

/// `3x64`: heads x head size
static ParseResult parseHeadShape(AsmParser &parser, int64_t &heads, int64_t &headDim) {
  SmallVector<int64_t> shape;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false))
    return failure();
  if (shape.size() != 2)
    return parser.emitError(loc, "expected 'HxD', H heads of D elements");
  heads = shape[0];
  headDim = shape[1];
  return success();
}
static void printHeadShape(AsmPrinter &printer, int64_t heads, int64_t headDim) {
  printer.getStream() << heads << "x" << headDim;
}

/// What a type has beside its columns: groups of another length than 32, more sums.
static ParseResult parseQ8Options(AsmParser &parser, int64_t &group, bool &halves, bool &scaled) {
  group = qwenc::kActivationGroup;
  halves = scaled = false;
  while (succeeded(parser.parseOptionalComma())) {
    if (succeeded(parser.parseOptionalKeyword("halves"))) {
      halves = true;
    } else if (succeeded(parser.parseOptionalKeyword("scaled"))) {
      scaled = true;
    } else if (parser.parseInteger(group)) {
      return failure();
    }
  }
  return success();
}

static void printQ8Options(AsmPrinter &printer, int64_t group, bool halves, bool scaled) {
  if (group != qwenc::kActivationGroup)
    printer << ", " << group;
  if (halves)
    printer << ", halves";
  if (scaled)
    printer << ", scaled";
}

#define GET_TYPEDEF_CLASSES
#include "ir/QwenTypes.cpp.inc"

LogicalResult WeightType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Format format) {
  if (shape.empty() || shape.size() > 3)
    return emitError() << "a weight has one to three dimensions, not " << shape.size();
  if (llvm::any_of(shape, [](int64_t size) { return size <= 0; }))
    return emitError() << "the dimensions of a weight are positive";
  // Kernels and packers take whole blocks.
  int64_t block = qwenc::ggufBlockK(static_cast<qwenc::WeightFormat>(format));
  if (shape.back() % block)
    return emitError() << "rows of " << stringifyFormat(format) << " are blocks of " << block
                       << " elements, not " << shape.back();
  return success();
}

int64_t WeightType::getActivationGroup() const {
  return qwenc::formatTraits(static_cast<qwenc::WeightFormat>(getFormat())).group;
}

bool Q8Type::serves(WeightType weight) const {
  switch (qwenc::formatTraits(static_cast<qwenc::WeightFormat>(weight.getFormat())).tokenSums()) {
  case qwenc::TokenSums::None:
    return true;
  case qwenc::TokenSums::Halves:
    return getHalves();
  case qwenc::TokenSums::Scaled:
    return getScaled();
  }
  llvm_unreachable("not a kind of sums");
}

LogicalResult Q8Type::verify(function_ref<InFlightDiagnostic()> emitError, int64_t cols,
                             int64_t group, bool, bool) {
  if (group != 32 && group != 64 && group != 128)
    return emitError() << "groups of quantised activations have 32, 64 or 128 columns, not "
                       << group;
  if (cols <= 0 || cols % group)
    return emitError() << "quantised activations are groups of " << group << " columns, not "
                       << cols;
  return success();
}

LogicalResult RoutesType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t used,
                                 int64_t experts) {
  if (used <= 0 || used > experts)
    return emitError() << "a token goes to 1 to " << experts << " of its experts, not " << used;
  return success();
}

LogicalResult KVType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads,
                             int64_t headDim, KVFormat) {
  if (heads <= 0 || headDim <= 0)
    return emitError() << "a KV cache has at least one head of at least one element";
  return success();
}

void QwenDialect::registerQwenTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "ir/QwenTypes.cpp.inc"
      >();
}
