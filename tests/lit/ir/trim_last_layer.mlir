// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// No operands, no results: it says which rows the operations after it compute.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x32xf32>) {
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    %kv = qwen.kv_store %h, %h : tensor<?x32xf32> -> !qwen.kv<2x16>
    // CHECK: qwen.trim_last_layer
    // CHECK-NEXT: qwen.attention
    qwen.trim_last_layer
    %a = qwen.attention %h, %kv : tensor<?x32xf32>, !qwen.kv<2x16>
    qwen.yield %a : tensor<?x32xf32>
  }
  return
}
