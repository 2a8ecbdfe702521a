//===- passes/tiling/SelectActivationSums.cpp ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "ir/kernels/FormatTraits.h"

namespace qwenc {
#define GEN_PASS_DEF_SELECTACTIVATIONSUMS
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

/// The type of a quantised value with the sums that its readers' weights want.
ir::Q8Type withSums(Value value, ir::Q8Type type) {
  bool halves = false, scaled = false;
  for (Operation *user : value.getUsers())
    for (Value operand : user->getOperands())
      if (auto weight = dyn_cast<ir::WeightType>(operand.getType())) {
        TokenSums sums = formatTraits(static_cast<WeightFormat>(weight.getFormat())).tokenSums();
        halves |= sums == TokenSums::Halves;
        scaled |= sums == TokenSums::Scaled;
      }
  return ir::Q8Type::get(type.getContext(), type.getCols(), type.getGroup(), halves, scaled);
}

struct SelectActivationSums : qwenc::impl::SelectActivationSumsBase<SelectActivationSums> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      for (OpResult result : op->getResults())
        if (auto type = dyn_cast<ir::Q8Type>(result.getType()))
          result.setType(withSums(result, type));
    });
  }
};

} // namespace
