//===- passes/tiling/TrimLastLayer.cpp -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

namespace qwenc {
#define GEN_PASS_DEF_TRIMLASTLAYER
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct TrimLastLayer : qwenc::impl::TrimLastLayerBase<TrimLastLayer> {
  void runOnOperation() override {
    for (auto step : getOperation().getOps<func::FuncOp>()) {
      // A decode step has one token and almost always wants its logits.
      if (ir::getPhase(step) != "prefill")
        continue;
      for (auto layers : step.getOps<ir::LayersOp>())
        trim(layers.getBodies()[layers.getOrder().back()].front());
    }
  }

  static void trim(Block &body) {
    for (auto attention : body.getOps<ir::AttentionOp>()) {
      OpBuilder builder(attention);
      ir::TrimLastLayerOp::create(builder, attention.getLoc());
      return;
    }
  }
};

} // namespace
