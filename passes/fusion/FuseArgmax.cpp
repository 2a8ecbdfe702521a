//===- passes/fusion/FuseArgmax.cpp ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   %logits = linear %x, %head          %logits = linear %x, %head argmax
//   return %logits                ==>   return %logits
//
// Only where one token is computed: a batch wants the logits of some of its rows
// and takes the best of a row where it looks at it.
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

namespace qwenc {
#define GEN_PASS_DEF_FUSEARGMAX
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct FuseArgmax : qwenc::impl::FuseArgmaxBase<FuseArgmax> {
  void runOnOperation() override {
    for (auto step : getOperation().getOps<func::FuncOp>()) {
      if (ir::getPhase(step) != "decode")
        continue;
      step.walk([](func::ReturnOp end) {
        for (Value result : end.getOperands())
          if (auto head = result.getDefiningOp<ir::LinearOp>())
            head.setArgmax(true);
      });
    }
  }
};

} // namespace
