//===- passes/fusion/FuseDequantMatmul.cpp ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   %f = dequantize %w                     %q = quantize %x
//   %y = matmul %x, %f            ==>      %z = linear %q, %w bias %b
//   %z = add_bias %y, %b
//
// Activations that several weights multiply are quantised once, in groups as long as
// the longest of theirs.
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "ir/kernels/KernelSpec.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace qwenc {
#define GEN_PASS_DEF_FUSEDEQUANTMATMUL
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

/// Columns of a group of `rows` that all their readers can take.
int64_t activationGroup(Value rows) {
  int64_t group = kActivationGroup;
  for (Operation *user : rows.getUsers()) {
    if (auto quantize = dyn_cast<ir::QuantizeOp>(user))
      group = std::max(group, quantize.getOutput().getType().getGroup());
    if (auto matmul = dyn_cast<ir::MatmulOp>(user))
      if (auto dequantize = matmul.getWeight().getDefiningOp<ir::DequantizeOp>())
        group = std::max(group, dequantize.getWeight().getType().getActivationGroup());
  }
  return group;
}

struct FuseDequantize : OpRewritePattern<ir::MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::MatmulOp op, PatternRewriter &rewriter) const override {
    auto dequantize = op.getWeight().getDefiningOp<ir::DequantizeOp>();
    if (!dequantize)
      return rewriter.notifyMatchFailure(op, "the weight is not a dequantised tensor");
    Value input = op.getInput();
    ir::WeightType weight = dequantize.getWeight().getType();
    if (weight.isQuantized()) {
      auto type = ir::Q8Type::get(getContext(), weight.getCols(), activationGroup(input));
      input = ir::QuantizeOp::create(rewriter, op.getLoc(), type, input);
    }
    rewriter.replaceOpWithNewOp<ir::LinearOp>(op, op.getType(), input, dequantize.getWeight(),
                                              /*bias=*/Value(), /*residual=*/Value());
    return success();
  }
};

struct FuseBias : OpRewritePattern<ir::AddBiasOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::AddBiasOp op, PatternRewriter &rewriter) const override {
    auto linear = op.getInput().getDefiningOp<ir::LinearOp>();
    if (!linear || !linear->hasOneUse())
      return rewriter.notifyMatchFailure(op, "not the only use of a linear");
    if (linear.getBias() || linear.getResidual())
      return rewriter.notifyMatchFailure(op, "the linear has an epilogue already");
    rewriter.replaceOpWithNewOp<ir::LinearOp>(op, op.getType(), linear.getInput(),
                                              linear.getWeight(), op.getBias(), Value());
    return success();
  }
};

struct FuseDequantMatmul : qwenc::impl::FuseDequantMatmulBase<FuseDequantMatmul> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseDequantize, FuseBias>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
