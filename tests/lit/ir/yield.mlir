// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x32xf32>) {
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    // CHECK: qwen.yield %{{.*}} : tensor<?x32xf32>
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}
