// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// As gate_up: the result is quantised or fp32, gate and up may have formats of their own.

// CHECK-LABEL: func.func @quantised(
func.func @quantised(%x: !qwen.q8<?x64>, %r: !qwen.routes<?x2, 8>, %g: !qwen.weight<8x96x64, q4_0>, %u: !qwen.weight<8x96x64, q8_0>) {
  // CHECK: qwen.expert_gate_up %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : !qwen.q8<?x64>, <?x2, 8>, <8x96x64, q4_0>, <8x96x64, q8_0> -> !qwen.q8<?x192>
  %h = qwen.expert_gate_up %x, %r, %g, %u : !qwen.q8<?x64>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, q4_0>, !qwen.weight<8x96x64, q8_0> -> !qwen.q8<?x192>
  return
}

// CHECK-LABEL: func.func @floats(
func.func @floats(%x: tensor<?x64xf32>, %r: !qwen.routes<?x2, 8>, %g: !qwen.weight<8x96x64, f32>, %u: !qwen.weight<8x96x64, f16>) {
  // CHECK: qwen.expert_gate_up {{.*}} -> tensor<?x192xf32>
  %h = qwen.expert_gate_up %x, %r, %g, %u : tensor<?x64xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, f32>, !qwen.weight<8x96x64, f16> -> tensor<?x192xf32>
  return
}
