// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// CHECK-LABEL: func.func @f(
func.func @f(%h: !qwen.q8<?x192>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x96, q4_0>, %s: tensor<?x64xf32>) {
  // CHECK: qwen.expert_down %{{.*}}, %{{.*}}, %{{.*}} residual %{{.*}} : !qwen.q8<?x192>, <?x2, 8>, <8x64x96, q4_0> residual tensor<?x64xf32>
  %y = qwen.expert_down %h, %r, %w residual %s : !qwen.q8<?x192>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, q4_0> residual tensor<?x64xf32>
  return
}
