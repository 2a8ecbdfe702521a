// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// CHECK-LABEL: func.func @f(
func.func @f(%h: tensor<?x96xf32>, %x: tensor<?x64xf32>, %w: !qwen.weight<64, f32>) {
  // CHECK: qwen.sigmoid_gate %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x96xf32>, tensor<?x64xf32>, <64, f32>
  %y = qwen.sigmoid_gate %h, %x, %w : tensor<?x96xf32>, tensor<?x64xf32>, !qwen.weight<64, f32>
  return
}
