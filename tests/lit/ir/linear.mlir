// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Quantised weights take int8 activations, float weights take fp32.

// CHECK-LABEL: func.func @quantised(
func.func @quantised(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>) {
  // CHECK: qwen.linear %{{.*}}, %{{.*}} : !qwen.q8<?x64>, <96x64, q4_0> -> tensor<?x96xf32>
  %y = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  return
}

// CHECK-LABEL: func.func @floats(
func.func @floats(%x: tensor<?x64xf32>, %w: !qwen.weight<96x64, bf16>) {
  // CHECK: qwen.linear %{{.*}}, %{{.*}} : tensor<?x64xf32>, <96x64, bf16> -> tensor<?x96xf32>
  %y = qwen.linear %x, %w : tensor<?x64xf32>, !qwen.weight<96x64, bf16> -> tensor<?x96xf32>
  return
}

// CHECK-LABEL: func.func @bias(
func.func @bias(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>, %b: !qwen.weight<96, f32>) {
  // CHECK: qwen.linear %{{.*}}, %{{.*}} bias %{{.*}} : !qwen.q8<?x64>, <96x64, q4_0> bias !qwen.weight<96, f32> -> tensor<?x96xf32>
  %y = qwen.linear %q, %w bias %b : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> bias !qwen.weight<96, f32> -> tensor<?x96xf32>
  return
}

// CHECK-LABEL: func.func @residual(
func.func @residual(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>, %x: tensor<?x96xf32>) {
  // CHECK: qwen.linear %{{.*}}, %{{.*}} residual %{{.*}} : !qwen.q8<?x64>, <96x64, q4_0> residual tensor<?x96xf32> -> tensor<?x96xf32>
  %y = qwen.linear %q, %w residual %x : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> residual tensor<?x96xf32> -> tensor<?x96xf32>
  return
}
