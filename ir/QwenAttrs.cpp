//===- ir/QwenAttrs.cpp - attributes ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/QwenDialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace qwenc::ir;

#define GET_ATTRDEF_CLASSES
#include "ir/QwenAttrs.cpp.inc"

LogicalResult RowOrderAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t headDim) {
  if (headDim <= 0 || headDim % 2)
    return emitError() << "a head has a positive, even number of rows, not " << headDim;
  return success();
}

void QwenDialect::registerQwenAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/QwenAttrs.cpp.inc"
      >();
}
