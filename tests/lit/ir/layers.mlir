// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Bodies are numbered in order of their regions; `order` names one for each layer.

// CHECK-LABEL: func.func @one_body(
func.func @one_body(%x: tensor<?x32xf32>) {
  // CHECK: qwen.layers %{{.*}} order [0, 0, 0] : tensor<?x32xf32> {
  // CHECK-NEXT: ^bb0(%[[H:.*]]: tensor<?x32xf32>):
  // CHECK-NEXT: qwen.yield %[[H]] : tensor<?x32xf32>
  // CHECK-NEXT: }
  %y = qwen.layers %x order [0, 0, 0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}

// CHECK-LABEL: func.func @two_bodies(
func.func @two_bodies(%x: tensor<?x32xf32>) {
  // CHECK: qwen.layers %{{.*}} order [0, 1, 1, 0] attributes {depth = 4 : i64} : tensor<?x32xf32> {
  // CHECK: qwen.yield
  // CHECK-NEXT: }, {
  // CHECK: qwen.add
  // CHECK-NEXT: qwen.yield
  // CHECK-NEXT: }
  %y = qwen.layers %x order [0, 1, 1, 0] attributes {depth = 4} : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %h : tensor<?x32xf32>
  }, {
  ^bb0(%h: tensor<?x32xf32>):
    %z = qwen.add %h, %h : tensor<?x32xf32>
    qwen.yield %z : tensor<?x32xf32>
  }
  return
}
