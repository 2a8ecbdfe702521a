//===- passes/fusion/FuseRMSNorm.cpp ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   %n = rms_norm %x, %w
//   %q = quantize %n              ==>      %q = norm_quantize %x, %w
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace qwenc {
#define GEN_PASS_DEF_FUSERMSNORM
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct FuseNormIntoQuantize : OpRewritePattern<ir::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::QuantizeOp op, PatternRewriter &rewriter) const override {
    auto norm = op.getInput().getDefiningOp<ir::RMSNormOp>();
    if (!norm)
      return rewriter.notifyMatchFailure(op, "the input is not an RMSNorm");
    rewriter.replaceOpWithNewOp<ir::NormQuantizeOp>(op, op.getType(), norm.getInput(),
                                                    norm.getWeight(), norm.getEpsAttr());
    return success();
  }
};

struct FuseRMSNorm : qwenc::impl::FuseRMSNormBase<FuseRMSNorm> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseNormIntoQuantize>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
