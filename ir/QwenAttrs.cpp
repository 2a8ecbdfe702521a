//===- ir/QwenAttrs.cpp - attributes ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/QwenDialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace qwenc::ir;

/// The rest of #qwen.split, in any order: `, tokens = N` and `, dynamic`.
static ParseResult parseSplitOptions(AsmParser &parser, int64_t &tokensGrain, bool &dynamic) {
  tokensGrain = 0;
  dynamic = false;
  while (succeeded(parser.parseOptionalComma())) {
    if (succeeded(parser.parseOptionalKeyword("dynamic"))) {
      dynamic = true;
    } else if (parser.parseKeyword("tokens", " or 'dynamic'") || parser.parseEqual() ||
               parser.parseInteger(tokensGrain)) {
      return failure();
    }
  }
  return success();
}

static void printSplitOptions(AsmPrinter &printer, int64_t tokensGrain, bool dynamic) {
  if (tokensGrain)
    printer << ", tokens = " << tokensGrain;
  if (dynamic)
    printer << ", dynamic";
}

#define GET_ATTRDEF_CLASSES
#include "ir/QwenAttrs.cpp.inc"

LogicalResult RowOrderAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t headDim) {
  if (headDim <= 0 || headDim % 2)
    return emitError() << "a head has a positive, even number of rows, not " << headDim;
  return success();
}

/// Angles are computed with these: they must be numbers that mean something.
LogicalResult RopeScalingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                      FloatAttr factor, FloatAttr extrapolation,
                                      int64_t originalContext, FloatAttr betaFast,
                                      FloatAttr betaSlow, FloatAttr attentionFactor,
                                      DenseF32ArrayAttr factors) {
  auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  for (FloatAttr attr : {factor, betaFast, betaSlow, attentionFactor})
    if (!positive(attr.getValueAsDouble()))
      return emitError() << "the factors of a rope scaling are finite and positive";
  double mix = extrapolation.getValueAsDouble();
  if (!(mix >= 0 && mix <= 1) || (mix > 0 && originalContext <= 0))
    return emitError() << "extrapolation is from 0 to 1 and needs the original context";
  if (factors && !llvm::all_of(factors.asArrayRef(), positive))
    return emitError() << "the divisors of frequencies are finite and positive";
  return success();
}

qwenc::RopeScaling RopeScalingAttr::getScaling() const {
  qwenc::RopeScaling scaling;
  scaling.factor = getFactor().getValueAsDouble();
  scaling.extrapolation = getExtrapolation().getValueAsDouble();
  scaling.originalContext = getOriginalContext();
  scaling.betaFast = getBetaFast().getValueAsDouble();
  scaling.betaSlow = getBetaSlow().getValueAsDouble();
  scaling.attentionFactor = getAttentionFactor().getValueAsDouble();
  if (getFactors())
    scaling.factors = getFactors().asArrayRef().vec();
  return scaling;
}

LogicalResult ModelAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef, StringRef,
                                int64_t, int64_t, int64_t, int64_t, int64_t headDim, int64_t,
                                int64_t, int64_t, FloatAttr, RopeMode, FloatAttr,
                                RopeScalingAttr scaling) {
  if (scaling && scaling.getFactors() && scaling.getFactors().size() != headDim / 2)
    return emitError() << "a rope scaling has a divisor for each of the " << headDim / 2
                       << " pairs of a head, not " << scaling.getFactors().size();
  return success();
}

qwenc::RopeScaling ModelAttr::getScaling() const {
  return getRopeScaling() ? getRopeScaling().getScaling() : qwenc::RopeScaling();
}

void QwenDialect::registerQwenAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/QwenAttrs.cpp.inc"
      >();
}
