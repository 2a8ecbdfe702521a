//===- tests/unit/passes/CheckSemanticsTest.cpp ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/verify/CheckSemantics.h"

#include "passes/Passes.h"
#include "passes/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace qwenc;

namespace {

constexpr const char *kModel = R"(
module attributes {qwen.model = #qwen.model<name = "t", arch = "qwen2", hidden = 32, layers = 2,
    heads = 4, kv_heads = 4, head_dim = 8, ffn = 32, vocab = 7, context_length = 64,
    rope_theta = 1.0e4 : f64, rope = halves, eps = 1.0e-6 : f64>} {
  qwen.tensor @embd.weight at 0 : !qwen.weight<7x32, q8_0>
  qwen.tensor @blk.0.w.weight at 0 : !qwen.weight<32x32, q8_0>
  qwen.tensor @blk.1.w.weight at 0 : !qwen.weight<32x32, q8_0>
  qwen.tensor @blk.0.gate.weight at 0 : !qwen.weight<32x32, q8_0>
  qwen.tensor @blk.1.gate.weight at 0 : !qwen.weight<32x32, q8_0>
  func.func @step(%tokens: tensor<?xi32>) -> tensor<?x7xf32> {
    %e = qwen.weight @embd.weight : !qwen.weight<7x32, q8_0>
    %x = qwen.embed %tokens, %e : tensor<?xi32>, !qwen.weight<7x32, q8_0> -> tensor<?x32xf32>
    %y = qwen.layers %x order [0, 0] : tensor<?x32xf32> {
    ^bb0(%h: tensor<?x32xf32>):
      %w = qwen.layer_weight "w.weight" : !qwen.weight<32x32, q8_0>
      %g = qwen.layer_weight "gate.weight" : !qwen.weight<32x32, q8_0>
      %fw = qwen.dequantize %w : !qwen.weight<32x32, q8_0> -> tensor<32x32xf32>
      %fg = qwen.dequantize %g : !qwen.weight<32x32, q8_0> -> tensor<32x32xf32>
      %q = qwen.matmul %h, %fw : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
      %r = qwen.rope %q halves head_dim 8 : tensor<?x32xf32>
      %kv = qwen.kv_store %r, %q : tensor<?x32xf32> -> !qwen.kv<4x8>
      %a = qwen.attention %r, %kv : tensor<?x32xf32>, !qwen.kv<4x8>
      %gate = qwen.matmul %a, %fg : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
      %up = qwen.matmul %a, %fw : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
      %s = qwen.swiglu %gate, %up : tensor<?x32xf32>
      %o = qwen.add %h, %s : tensor<?x32xf32>
      qwen.yield %o : tensor<?x32xf32>
    }
    %l = qwen.logit_rows %y : tensor<?x32xf32>
    %fe = qwen.dequantize %e : !qwen.weight<7x32, q8_0> -> tensor<7x32xf32>
    %logits = qwen.matmul %l, %fe : tensor<?x32xf32>, tensor<7x32xf32> -> tensor<?x7xf32>
    return %logits : tensor<?x7xf32>
  }
})";

/// Numbers in -0.25 .. 0.25 that depend on the tensor's name, row and column.
llvm::Error makeRow(ir::TensorOp tensor, int64_t row, llvm::MutableArrayRef<float> out) {
  uint32_t seed = uint32_t(row) * 131;
  for (char c : tensor.getSymName())
    seed = seed * 31 + uint32_t(c);
  for (float &value : out)
    value = (float((seed = seed * 1103515245 + 12345) >> 16 & 1023) / 512.0f - 1.0f) / 4;
  return llvm::Error::success();
}

/// Takes gate for up and up for gate.
struct SwapGateAndUp : mlir::PassWrapper<SwapGateAndUp, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SwapGateAndUp)
  llvm::StringRef getArgument() const override { return "test-swap-gate-and-up"; }
  void runOnOperation() override {
    getOperation().walk([](ir::SwiGLUOp op) {
      mlir::Value gate = op.getGate(), up = op.getUp();
      op.getGateMutable().assign(up);
      op.getUpMutable().assign(gate);
    });
  }
};

class CheckSemanticsTest : public testing::Test {
protected:
  CheckSemanticsTest() { context.loadDialect<ir::QwenDialect, mlir::func::FuncDialect>(); }

  /// What the check says of the passes, empty if it agrees with all of them.
  std::string check(llvm::function_ref<void(mlir::OpPassManager &)> build,
                    SemanticsTolerance tolerance = {}) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(kModel, &context);
    EXPECT_TRUE(module);
    SemanticsCheck semantics(makeRow, tolerance);
    mlir::PassManager pm(&context);
    build(pm);
    semantics.attach(pm);
    EXPECT_TRUE(mlir::succeeded(pm.run(*module)));
    compared = semantics.compared();
    return llvm::toString(semantics.takeFailure());
  }

  mlir::MLIRContext context;
  unsigned compared = 0;
};

TEST_F(CheckSemanticsTest, AgreesWithOurPasses) {
  EXPECT_EQ(check([](mlir::OpPassManager &pm) { buildFusionPipeline(pm); }), "");
  mlir::PassManager all(&context);
  buildFusionPipeline(all);
  EXPECT_EQ(compared, all.size());
}

TEST_F(CheckSemanticsTest, NamesThePassThatChangedTheResult) {
  std::string said = check([](mlir::OpPassManager &pm) {
    pm.addPass(createFuseDequantMatmul());
    pm.addPass(std::make_unique<SwapGateAndUp>());
    pm.addPass(createFuseGateUp());
  });
  EXPECT_EQ(said.rfind("test-swap-gate-and-up: changed what the model means: a logit differs", 0),
            0u)
      << said;
}

TEST_F(CheckSemanticsTest, SeesWhatRoundingCosts) {
  SemanticsTolerance none;
  none.executed = 1e-12;
  std::string said =
      check([](mlir::OpPassManager &pm) { pm.addPass(createFuseDequantMatmul()); }, none);
  EXPECT_EQ(said.rfind("qwen-fuse-dequant-matmul: lost too much by rounding: mean KL", 0), 0u)
      << said;
}

TEST(MeanKL, OfKnownDistributions) {
  ir::reference::Tensor p(1, 2), q(1, 2);
  p.values = {std::log(0.5f), std::log(0.5f)};
  q.values = {std::log(0.25f) + 3, std::log(0.75f) + 3};
  EXPECT_NEAR(meanKL(p, q), 0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3.0), 1e-6);
  EXPECT_NEAR(meanKL(p, p), 0, 1e-9);
}

} // namespace
