// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// A row is any number of heads as long as the weight.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x2048xf32>, %w: !qwen.weight<128, f32>) {
  // CHECK: qwen.head_norm %{{.*}}, %{{.*}} eps {{1.000000e-06|9.99[0-9]+E-7}} : tensor<?x2048xf32>, <128, f32>
  %n = qwen.head_norm %x, %w eps 1.0e-6 : tensor<?x2048xf32>, !qwen.weight<128, f32>
  return
}
