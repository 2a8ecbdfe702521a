//===- passes/fusion/FuseQKVProjection.cpp ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   %q0 = linear %x, %wq [bias]       %k0 = linear %x, %wk [bias]
//   %q1 = [head_norm %q0]             %k1 = [head_norm %k0]
//   %q  = rope %q1                    %k  = rope %k1
//   %v  = linear %x, %wv [bias]       %kv = kv_store %k, %v
//                 ==>  %q, %kv = qkv_project %x, %wq, %wk, %wv ...
//
// The match starts at the KV store, follows its operands back to the linears,
// and finds Q as the other rotated projection of the same input.
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace qwenc {
#define GEN_PASS_DEF_FUSEQKVPROJECTION
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

/// A projection up to its rotation.
struct RotatedProjection {
  ir::LinearOp linear;
  ir::HeadNormOp norm; // null where the model has none
  ir::RopeOp rope;
};

std::optional<RotatedProjection> matchRotated(ir::RopeOp rope) {
  if (!rope)
    return std::nullopt;
  RotatedProjection result;
  result.rope = rope;
  Value input = rope.getInput();
  if ((result.norm = input.getDefiningOp<ir::HeadNormOp>()))
    input = result.norm.getInput();
  result.linear = input.getDefiningOp<ir::LinearOp>();
  if (!result.linear || result.linear.getResidual())
    return std::nullopt;
  return result;
}

struct FuseIntoKVStore : OpRewritePattern<ir::KVStoreOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::KVStoreOp op, PatternRewriter &rewriter) const override {
    auto key = matchRotated(op.getKeys().getDefiningOp<ir::RopeOp>());
    auto value = op.getValues().getDefiningOp<ir::LinearOp>();
    if (!key || !value || value.getResidual())
      return rewriter.notifyMatchFailure(op, "keys and values are not plain projections");
    if (key->linear.getInput() != value.getInput())
      return rewriter.notifyMatchFailure(op, "K and V project different inputs");

    std::optional<RotatedProjection> query;
    for (Operation *user : key->linear.getInput().getUsers()) {
      auto linear = dyn_cast<ir::LinearOp>(user);
      if (!linear || linear == key->linear || linear == value || !linear->hasOneUse())
        continue;
      Operation *next = *linear->getUsers().begin();
      if (isa<ir::HeadNormOp>(next) && next->hasOneUse())
        next = *next->getUsers().begin();
      auto found = matchRotated(dyn_cast<ir::RopeOp>(next));
      if (found && found->linear == linear)
        query = found;
    }
    if (!query)
      return rewriter.notifyMatchFailure(op, "no rotated projection of the same input is Q");
    if (query->rope.getMode() != key->rope.getMode() || bool(query->norm) != bool(key->norm) ||
        bool(query->linear.getBias()) != bool(key->linear.getBias()) ||
        bool(key->linear.getBias()) != bool(value.getBias()) ||
        query->rope.getHeadDim() != key->rope.getHeadDim() ||
        (key->norm && query->norm.getEpsAttr() != key->norm.getEpsAttr()))
      return rewriter.notifyMatchFailure(op, "Q, K and V are not made alike");
    if (key->rope.getHeadDim() != uint64_t(op.getKv().getType().getHeadDim()))
      return rewriter.notifyMatchFailure(op, "the rotation's heads are not those of the cache");
    // The fused operation stands at the store: Q's operands come before it, its
    // uses after it.
    if (op->isBeforeInBlock(query->rope))
      return rewriter.notifyMatchFailure(op, "Q is projected after the store");
    if (llvm::any_of(query->rope->getUsers(),
                     [&](Operation *user) { return user->isBeforeInBlock(op); }))
      return rewriter.notifyMatchFailure(op, "Q is used before the store");

    auto weightOrNull = [](auto norm) { return norm ? Value(norm.getWeight()) : Value(); };
    FloatAttr eps = key->norm ? key->norm.getEpsAttr() : FloatAttr();
    auto fused = ir::QKVProjectOp::create(
        rewriter, op.getLoc(), query->rope.getType(), op.getType(), value.getInput(),
        query->linear.getWeight(), key->linear.getWeight(), value.getWeight(),
        query->linear.getBias(), key->linear.getBias(), value.getBias(), weightOrNull(query->norm),
        weightOrNull(key->norm), key->rope.getModeAttr(), key->rope.getHeadDimAttr(), eps);
    rewriter.replaceOp(query->rope, fused.getQuery());
    rewriter.replaceOp(op, fused.getKv());
    return success();
  }
};

struct FuseQKVProjection : qwenc::impl::FuseQKVProjectionBase<FuseQKVProjection> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseIntoKVStore>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
