//===- passes/fusion/FuseExperts.cpp ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   %g = expert_matmul %x, %r, %wg
//   %u = expert_matmul %x, %r, %wu
//   %h = swiglu %g, %u            ==>      %q = quantize %x
//   %d = expert_sum %h, %r, %wd            %h = expert_gate_up %q, %r, %wg, %wu
//   %y = add %s, %d                        %y = expert_down %h, %r, %wd residual %s
//
// with fp32 activations where the weights are floats.
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace qwenc {
#define GEN_PASS_DEF_FUSEEXPERTS
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

/// The activations that kernels of the weights' formats read.
Value activationsFor(PatternRewriter &rewriter, Location loc, Value rows,
                     ArrayRef<ir::WeightType> weights) {
  if (!weights.front().isQuantized())
    return rows;
  int64_t group = 0;
  for (ir::WeightType weight : weights)
    group = std::max(group, weight.getActivationGroup());
  auto type = ir::Q8Type::get(rewriter.getContext(), ir::getColumns(rows.getType()), group);
  return ir::QuantizeOp::create(rewriter, loc, type, rows);
}

struct FuseGateUp : OpRewritePattern<ir::SwiGLUOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::SwiGLUOp op, PatternRewriter &rewriter) const override {
    auto gate = op.getGate().getDefiningOp<ir::ExpertMatmulOp>();
    auto up = op.getUp().getDefiningOp<ir::ExpertMatmulOp>();
    if (!gate || !up)
      return rewriter.notifyMatchFailure(op, "gate and up are not products of experts");
    if (gate.getInput() != up.getInput() || gate.getRoutes() != up.getRoutes())
      return rewriter.notifyMatchFailure(op, "gate and up have different inputs or routes");
    ir::WeightType weights[] = {gate.getWeight().getType(), up.getWeight().getType()};
    if (weights[0].isQuantized() != weights[1].isQuantized())
      return rewriter.notifyMatchFailure(op, "one weight is quantised and one is not");
    Value input = activationsFor(rewriter, op.getLoc(), gate.getInput(), weights);
    rewriter.replaceOpWithNewOp<ir::ExpertGateUpOp>(op, op.getType(), input, gate.getRoutes(),
                                                    gate.getWeight(), up.getWeight());
    return success();
  }
};

struct FuseDown : OpRewritePattern<ir::AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::AddOp op, PatternRewriter &rewriter) const override {
    for (auto [sum, residual] :
         {std::pair(op.getRhs(), op.getLhs()), std::pair(op.getLhs(), op.getRhs())}) {
      auto down = sum.getDefiningOp<ir::ExpertSumOp>();
      if (!down || !down->hasOneUse())
        continue;
      Value input =
          activationsFor(rewriter, op.getLoc(), down.getInput(), down.getWeight().getType());
      rewriter.replaceOpWithNewOp<ir::ExpertDownOp>(op, op.getType(), input, down.getRoutes(),
                                                    down.getWeight(), residual);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "neither side is a sum of experts used once");
  }
};

struct FuseQuantize : OpRewritePattern<ir::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::QuantizeOp op, PatternRewriter &rewriter) const override {
    auto fused = op.getInput().getDefiningOp<ir::ExpertGateUpOp>();
    if (!fused || !fused->hasOneUse())
      return rewriter.notifyMatchFailure(op, "not the only use of an expert_gate_up");
    // At the place of the projections, whose names it should bear.
    rewriter.replaceOp(op, ir::ExpertGateUpOp::create(rewriter, fused.getLoc(), op.getType(),
                                                      fused.getInput(), fused.getRoutes(),
                                                      fused.getGate(), fused.getUp()));
    return success();
  }
};

struct FuseExperts : qwenc::impl::FuseExpertsBase<FuseExperts> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseGateUp, FuseDown, FuseQuantize>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
