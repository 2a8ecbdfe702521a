//===- passes/fusion/FuseGateUp.cpp ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   %g = linear %x, %wg
//   %u = linear %x, %wu
//   %h = swiglu %g, %u            ==>      %q = gate_up %x, %wg, %wu
//   %q = quantize %h
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace qwenc {
#define GEN_PASS_DEF_FUSEGATEUP
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

bool isPlain(ir::LinearOp linear) { return linear && !linear.getBias() && !linear.getResidual(); }

struct FuseProjections : OpRewritePattern<ir::SwiGLUOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::SwiGLUOp op, PatternRewriter &rewriter) const override {
    auto gate = op.getGate().getDefiningOp<ir::LinearOp>();
    auto up = op.getUp().getDefiningOp<ir::LinearOp>();
    if (!isPlain(gate) || !isPlain(up))
      return rewriter.notifyMatchFailure(op, "gate and up are not plain projections");
    if (gate.getInput() != up.getInput())
      return rewriter.notifyMatchFailure(op, "gate and up project different inputs");
    rewriter.replaceOpWithNewOp<ir::GateUpOp>(op, op.getType(), gate.getInput(), gate.getWeight(),
                                              up.getWeight());
    return success();
  }
};

struct FuseQuantize : OpRewritePattern<ir::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::QuantizeOp op, PatternRewriter &rewriter) const override {
    auto fused = op.getInput().getDefiningOp<ir::GateUpOp>();
    if (!fused || !fused->hasOneUse())
      return rewriter.notifyMatchFailure(op, "not the only use of a gate_up");
    rewriter.replaceOpWithNewOp<ir::GateUpOp>(op, op.getType(), fused.getInput(), fused.getGate(),
                                              fused.getUp());
    return success();
  }
};

struct FuseGateUp : qwenc::impl::FuseGateUpBase<FuseGateUp> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseProjections, FuseQuantize>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
