//===- passes/fusion/FoldRopePairs.cpp -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   rows of a head in a llama file     0 1 2 3 4 5 6 7    pairs (0 1) (2 3) ...
//   rows as they are packed            0 2 4 6 1 3 5 7    pairs (0 4) (1 5) ...
//
// Whole rows move, so quantised blocks stay as they are.
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "mlir/IR/PatternMatch.h"

namespace qwenc {
#define GEN_PASS_DEF_FOLDROPEPAIRS
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct FoldRopePairs : qwenc::impl::FoldRopePairsBase<FoldRopePairs> {
  void runOnOperation() override {
    getOperation().walk([&](ir::LayersOp layers) {
      for (Region &body : layers.getBodies())
        fold(layers, body);
    });
  }

  /// Folds all rotations of a body or none: attention needs Q and K alike.
  void fold(ir::LayersOp layers, Region &body) {
    SmallVector<ir::RopeOp> ropes;
    SmallVector<ir::LayerWeightOp> weights;
    for (auto rope : body.getOps<ir::RopeOp>()) {
      if (rope.getMode() != ir::RopeMode::Pairs)
        continue;
      auto matmul = rope.getInput().getDefiningOp<ir::MatmulOp>();
      auto dequantize =
          matmul ? matmul.getWeight().getDefiningOp<ir::DequantizeOp>() : ir::DequantizeOp();
      auto weight = dequantize ? dequantize.getWeight().getDefiningOp<ir::LayerWeightOp>()
                               : ir::LayerWeightOp();
      if (!weight || !matmul->hasOneUse() || !dequantize->hasOneUse() || !weight->hasOneUse())
        return;
      ropes.push_back(rope);
      weights.push_back(weight);
    }
    SymbolTable symbols(getOperation());
    int64_t index = body.getRegionNumber();
    for (auto [rope, weight] : llvm::zip_equal(ropes, weights)) {
      auto order = ir::RowOrderAttr::get(&getContext(), rope.getHeadDim());
      for (auto [layer, which] : llvm::enumerate(layers.getOrder()))
        if (which == index)
          symbols.lookup(("blk." + Twine(layer) + "." + weight.getTensor()).str())
              ->setAttr(ir::kRowOrderAttrName, order);
      rope.setMode(ir::RopeMode::Halves);
    }
  }
};

} // namespace
