// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// RMSNorm and quantisation in one.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x576xf32>, %w: !qwen.weight<576, f32>) {
  // CHECK: qwen.norm_quantize %{{.*}}, %{{.*}} eps 1.000000e-05 : tensor<?x576xf32>, <576, f32> -> <?x576>
  %q = qwen.norm_quantize %x, %w eps 1.0e-5 : tensor<?x576xf32>, !qwen.weight<576, f32> -> !qwen.q8<?x576>
  return
}
