// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Each part of a row goes through the matrix of its expert; their weighted sum is left.

// CHECK-LABEL: func.func @f(
func.func @f(%h: tensor<?x192xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x96, q4_0>) {
  // CHECK: qwen.expert_sum %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x192xf32>, <?x2, 8>, <8x64x96, q4_0> -> tensor<?x64xf32>
  %y = qwen.expert_sum %h, %r, %w : tensor<?x192xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, q4_0> -> tensor<?x64xf32>
  return
}
