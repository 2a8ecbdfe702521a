// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// The result has the type of the input.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x576xf32>, %w: !qwen.weight<576, f32>) {
  // CHECK: qwen.rms_norm %{{.*}}, %{{.*}} eps 1.000000e-05 : tensor<?x576xf32>, <576, f32>
  %n = qwen.rms_norm %x, %w eps 1.0e-5 : tensor<?x576xf32>, !qwen.weight<576, f32>
  return
}
