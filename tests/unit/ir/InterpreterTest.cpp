//===- tests/unit/ir/InterpreterTest.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/reference/Interpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace qwenc::ir;
using namespace qwenc::ir::reference;

namespace {

constexpr const char *kHeader = R"(
module attributes {qwen.model = #qwen.model<name = "t", arch = "qwen3", hidden = 32, layers = 2,
    heads = 4, kv_heads = 2, head_dim = 8, ffn = 32, vocab = 5, context_length = 64,
    rope_theta = 1.0e4 : f64, rope = halves, eps = 1.0e-6 : f64>} {
  qwen.tensor @token_embd.weight at 0 : !qwen.weight<5x32, f32>
  qwen.tensor @blk.0.w.weight at 0 : !qwen.weight<32x32, f32>
  qwen.tensor @blk.1.w.weight at 0 : !qwen.weight<32x32, f32>
  qwen.tensor @blk.0.k.weight at 0 : !qwen.weight<16x32, f32>
  qwen.tensor @blk.1.k.weight at 0 : !qwen.weight<16x32, f32>
  qwen.tensor @blk.0.norm.weight at 0 : !qwen.weight<8, f32>
  qwen.tensor @blk.1.norm.weight at 0 : !qwen.weight<8, f32>
  qwen.tensor @blk.0.bias at 0 : !qwen.weight<32, f32>
  qwen.tensor @blk.1.bias at 0 : !qwen.weight<32, f32>
  qwen.tensor @blk.0.kbias at 0 : !qwen.weight<16, f32>
  qwen.tensor @blk.1.kbias at 0 : !qwen.weight<16, f32>
  func.func @step(%tokens: tensor<?xi32>) -> tensor<?x32xf32> {
    %e = qwen.weight @token_embd.weight : !qwen.weight<5x32, f32>
    %x = qwen.embed %tokens, %e : tensor<?xi32>, !qwen.weight<5x32, f32> -> tensor<?x32xf32>
    %y = qwen.layers %x order [0, 0] : tensor<?x32xf32> {
    ^bb0(%h: tensor<?x32xf32>):
      %wq = qwen.layer_weight "w.weight" : !qwen.weight<32x32, f32>
      %wk = qwen.layer_weight "k.weight" : !qwen.weight<16x32, f32>
      %wn = qwen.layer_weight "norm.weight" : !qwen.weight<8, f32>
      %bq = qwen.layer_weight "bias" : !qwen.weight<32, f32>
      %bk = qwen.layer_weight "kbias" : !qwen.weight<16, f32>
)";

constexpr const char *kFooter = R"(
      %r = qwen.add %h, %a : tensor<?x32xf32>
      qwen.yield %r : tensor<?x32xf32>
    }
    %l = qwen.logit_rows %y : tensor<?x32xf32>
    return %l : tensor<?x32xf32>
  }
})";

constexpr const char *kGraphAttention = R"(
      %fq = qwen.dequantize %wq : !qwen.weight<32x32, f32> -> tensor<32x32xf32>
      %fk = qwen.dequantize %wk : !qwen.weight<16x32, f32> -> tensor<16x32xf32>
      %q0 = qwen.matmul %h, %fq : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
      %k0 = qwen.matmul %h, %fk : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
      %v = qwen.add_bias %k0, %bk : tensor<?x16xf32>, !qwen.weight<16, f32>
      %q1 = qwen.add_bias %q0, %bq : tensor<?x32xf32>, !qwen.weight<32, f32>
      %q2 = qwen.head_norm %q1, %wn eps 1.0e-6 : tensor<?x32xf32>, !qwen.weight<8, f32>
      %k2 = qwen.head_norm %v, %wn eps 1.0e-6 : tensor<?x16xf32>, !qwen.weight<8, f32>
      %q3 = qwen.rope %q2 halves head_dim 8 : tensor<?x32xf32>
      %k3 = qwen.rope %k2 halves head_dim 8 : tensor<?x16xf32>
      %kv = qwen.kv_store %k3, %v : tensor<?x16xf32> -> !qwen.kv<2x8>
      %a = qwen.attention %q3, %kv : tensor<?x32xf32>, !qwen.kv<2x8>
)";

constexpr const char *kFusedAttention = R"(
      %q, %kv = qwen.qkv_project %h, %wq, %wk, %wk bias %bq, %bk, %bk
          head_norm %wn, %wn eps 1.0e-6 halves head_dim 8
          : tensor<?x32xf32>, !qwen.weight<32x32, f32>, !qwen.weight<16x32, f32>,
            !qwen.weight<16x32, f32> bias !qwen.weight<32, f32>, !qwen.weight<16, f32>,
            !qwen.weight<16, f32> head_norm !qwen.weight<8, f32>, !qwen.weight<8, f32>
          -> tensor<?x32xf32>, !qwen.kv<2x8>
      %a = qwen.attention %q, %kv : tensor<?x32xf32>, !qwen.kv<2x8>
)";

/// Numbers in -1 .. 1 that depend on the tensor's name, row and column.
llvm::Error makeRow(TensorOp tensor, int64_t row, llvm::MutableArrayRef<float> out) {
  size_t seed = tensor.getSymName().size() * 7 + size_t(tensor.getSymName()[4]) + size_t(row) * 13;
  for (float &value : out)
    value = float((seed = seed * 1103515245 + 12345) >> 16 & 1023) / 512.0f - 1.0f;
  return llvm::Error::success();
}

class InterpreterTest : public testing::Test {
protected:
  InterpreterTest() { context.loadDialect<QwenDialect, mlir::func::FuncDialect>(); }

  mlir::ModuleOp parse(llvm::StringRef body) {
    source = (kHeader + body + kFooter).str();
    owned.push_back(mlir::parseSourceString<mlir::ModuleOp>(source, &context));
    return *owned.back();
  }

  /// Logits of `batches`, run one after the other as one sequence.
  std::vector<float> run(llvm::StringRef body, std::vector<std::vector<int32_t>> batches,
                         InterpreterOptions options = {}) {
    mlir::ModuleOp module = parse(body);
    EXPECT_TRUE(module);
    auto interpreter = llvm::cantFail(Interpreter::create(module, makeRow, std::move(options)));
    auto step = llvm::cast<mlir::FunctionOpInterface>(module.lookupSymbol("step"));
    std::vector<float> out;
    for (const auto &batch : batches) {
      Tensor logits = llvm::cantFail(interpreter.step(step, batch));
      out.insert(out.end(), logits.values.begin(), logits.values.end());
    }
    return out;
  }

  mlir::MLIRContext context;
  std::string source;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> owned;
};

TEST_F(InterpreterTest, FusedMeansWhatTheGraphMeans) {
  auto graph = run(kGraphAttention, {{1, 4, 2, 0, 3}});
  EXPECT_EQ(graph.size(), 5u * 32u);
  EXPECT_EQ(graph, run(kFusedAttention, {{1, 4, 2, 0, 3}}));
}

TEST_F(InterpreterTest, BatchesOfAnySizeGiveTheSameLogits) {
  auto whole = run(kGraphAttention, {{1, 4, 2, 0, 3}});
  EXPECT_EQ(whole, run(kGraphAttention, {{1}, {4}, {2}, {0}, {3}}));
  EXPECT_EQ(whole, run(kGraphAttention, {{1, 4, 2}, {0, 3}}));
}

TEST_F(InterpreterTest, ResetForgetsTheSequence) {
  mlir::ModuleOp module = parse(kGraphAttention);
  auto interpreter = llvm::cantFail(Interpreter::create(module, makeRow));
  auto step = llvm::cast<mlir::FunctionOpInterface>(module.lookupSymbol("step"));
  Tensor first = llvm::cantFail(interpreter.step(step, {1, 2}, 1));
  EXPECT_EQ(first.rows, 1);
  EXPECT_EQ(interpreter.position(), 2);
  interpreter.reset();
  EXPECT_EQ(first.values, llvm::cantFail(interpreter.step(step, {1, 2}, 1)).values);
}

TEST_F(InterpreterTest, TheProbeSeesEachLayer) {
  std::vector<int64_t> layers;
  InterpreterOptions options;
  options.probe = [&](mlir::Operation *op, int64_t layer, const Tensor &value) {
    EXPECT_EQ(value.rows, 1);
    if (llvm::isa<AttentionOp>(op))
      layers.push_back(layer);
  };
  run(kGraphAttention, {{3}}, options);
  EXPECT_EQ(layers, (std::vector<int64_t>{0, 1}));
}

TEST_F(InterpreterTest, RefusesWhatItCannotRun) {
  mlir::ModuleOp module = parse(kGraphAttention);
  auto interpreter = llvm::cantFail(Interpreter::create(module, makeRow));
  auto step = llvm::cast<mlir::FunctionOpInterface>(module.lookupSymbol("step"));
  EXPECT_EQ(llvm::toString(interpreter.step(step, {5}).takeError()),
            "token 5 is not in the vocabulary of 5");
  module->removeAttr(kModelAttrName);
  EXPECT_EQ(llvm::toString(Interpreter::create(module, makeRow).takeError()),
            "the module has no qwen.model");
}

} // namespace
