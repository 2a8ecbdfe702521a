// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Of each token the products with its experts' matrices stand side by side.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x64xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x96x64, q4_0>) {
  // CHECK: qwen.expert_matmul %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x64xf32>, <?x2, 8>, <8x96x64, q4_0> -> tensor<?x192xf32>
  %h = qwen.expert_matmul %x, %r, %w : tensor<?x64xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, q4_0> -> tensor<?x192xf32>
  return
}
