// RUN: qwen-opt %s --qwen-fold-rope-pairs | FileCheck %s

// The rows move in every layer that runs the body, and only in Q's and K's.
// CHECK: qwen.tensor @blk.0.attn_q.weight {{.*}} {qwen.row_order = #qwen.row_order<halves, 16>}
// CHECK: qwen.tensor @blk.1.attn_q.weight {{.*}} {qwen.row_order = #qwen.row_order<halves, 16>}
// CHECK: qwen.tensor @blk.0.attn_v.weight
// CHECK-NOT: row_order
qwen.tensor @blk.0.attn_q.weight at 0 : !qwen.weight<32x32, q4_0>
qwen.tensor @blk.1.attn_q.weight at 576 : !qwen.weight<32x32, q4_0>
qwen.tensor @blk.0.attn_v.weight at 1152 : !qwen.weight<32x32, q4_0>
qwen.tensor @blk.1.attn_v.weight at 1728 : !qwen.weight<32x32, q4_0>

// CHECK-LABEL: func.func @plain(
func.func @plain(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %y = qwen.layers %x order [0, 0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    %w = qwen.layer_weight "attn_q.weight" : !qwen.weight<32x32, q4_0>
    %f = qwen.dequantize %w : !qwen.weight<32x32, q4_0> -> tensor<32x32xf32>
    %q = qwen.matmul %h, %f : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
    // CHECK: qwen.rope %{{.*}} halves head_dim 16
    %r = qwen.rope %q pairs head_dim 16 : tensor<?x32xf32>
    qwen.yield %r : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// The projection has another reader, which wants its rows as they are.
// CHECK-LABEL: func.func @shared(
func.func @shared(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %y = qwen.layers %x order [0, 0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    %w = qwen.layer_weight "attn_v.weight" : !qwen.weight<32x32, q4_0>
    %f = qwen.dequantize %w : !qwen.weight<32x32, q4_0> -> tensor<32x32xf32>
    %q = qwen.matmul %h, %f : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
    // CHECK: qwen.rope %{{.*}} pairs head_dim 16
    %r = qwen.rope %q pairs head_dim 16 : tensor<?x32xf32>
    %s = qwen.add %r, %q : tensor<?x32xf32>
    qwen.yield %s : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}
