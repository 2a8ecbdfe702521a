//===- passes/fusion/FuseResidual.cpp --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   %p = linear %a, %w
//   %y = add %x, %p               ==>      %y = linear %a, %w residual %x
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace qwenc {
#define GEN_PASS_DEF_FUSERESIDUAL
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct FuseAddIntoLinear : OpRewritePattern<ir::AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::AddOp op, PatternRewriter &rewriter) const override {
    for (auto [product, residual] :
         {std::pair(op.getRhs(), op.getLhs()), std::pair(op.getLhs(), op.getRhs())}) {
      auto linear = product.getDefiningOp<ir::LinearOp>();
      if (!linear || !linear->hasOneUse() || linear.getBias() || linear.getResidual())
        continue;
      rewriter.replaceOpWithNewOp<ir::LinearOp>(op, op.getType(), linear.getInput(),
                                                linear.getWeight(), Value(), residual);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "neither side is a projection without an epilogue");
  }
};

struct FuseResidual : qwenc::impl::FuseResidualBase<FuseResidual> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseAddIntoLinear>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
