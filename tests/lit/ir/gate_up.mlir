// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// The result is quantised or fp32, as its type says; gate and up may have formats of their own.

// CHECK-LABEL: func.func @quantised(
func.func @quantised(%x: !qwen.q8<?x64>, %g: !qwen.weight<96x64, q4_0>, %u: !qwen.weight<96x64, q8_0>) {
  // CHECK: qwen.gate_up %{{.*}}, %{{.*}}, %{{.*}} : !qwen.q8<?x64>, <96x64, q4_0>, <96x64, q8_0> -> !qwen.q8<?x96>
  %h = qwen.gate_up %x, %g, %u : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<96x64, q8_0> -> !qwen.q8<?x96>
  return
}

// CHECK-LABEL: func.func @floats(
func.func @floats(%x: tensor<?x64xf32>, %g: !qwen.weight<96x64, f32>, %u: !qwen.weight<96x64, f16>) {
  // CHECK: qwen.gate_up %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x64xf32>, <96x64, f32>, <96x64, f16> -> tensor<?x96xf32>
  %h = qwen.gate_up %x, %g, %u : tensor<?x64xf32>, !qwen.weight<96x64, f32>, !qwen.weight<96x64, f16> -> tensor<?x96xf32>
  return
}
