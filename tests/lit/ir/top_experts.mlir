// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// The weights of a token's experts are parts of a softmax over all, or add up to one.

// CHECK-LABEL: func.func @f(
func.func @f(%l: tensor<?x8xf32>) {
  // CHECK: qwen.top_experts %{{.*}} : tensor<?x8xf32> -> <?x2, 8>
  %r = qwen.top_experts %l : tensor<?x8xf32> -> !qwen.routes<?x2, 8>
  // CHECK: qwen.top_experts %{{.*}} normalized : tensor<?x8xf32> -> <?x8, 8>
  %s = qwen.top_experts %l normalized : tensor<?x8xf32> -> !qwen.routes<?x8, 8>
  return
}
