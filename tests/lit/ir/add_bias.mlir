// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// A vector is added to every row.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x576xf32>, %b: !qwen.weight<576, f32>) {
  // CHECK: qwen.add_bias %{{.*}}, %{{.*}} : tensor<?x576xf32>, <576, f32>
  %y = qwen.add_bias %x, %b : tensor<?x576xf32>, !qwen.weight<576, f32>
  return
}
