// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// One handle names a tensor of each layer that runs its body.

qwen.tensor @blk.0.ffn_norm.weight at 0 : !qwen.weight<32, f32>
qwen.tensor @blk.1.ffn_norm.weight at 128 : !qwen.weight<32, f32>

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x32xf32>) {
  %y = qwen.layers %x order [0, 0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    // CHECK: qwen.layer_weight "ffn_norm.weight" : <32, f32>
    %w = qwen.layer_weight "ffn_norm.weight" : !qwen.weight<32, f32>
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}
