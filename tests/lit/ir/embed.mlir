// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// One row of the table for each token.

// CHECK-LABEL: func.func @f(
func.func @f(%t: tensor<?xi32>, %w: !qwen.weight<49152x576, q4_1>) {
  // CHECK: qwen.embed %{{.*}}, %{{.*}} : tensor<?xi32>, <49152x576, q4_1> -> tensor<?x576xf32>
  %x = qwen.embed %t, %w : tensor<?xi32>, !qwen.weight<49152x576, q4_1> -> tensor<?x576xf32>
  return
}
