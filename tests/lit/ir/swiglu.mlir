// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Gate, up and result have one type.

// CHECK-LABEL: func.func @f(
func.func @f(%g: tensor<?x1536xf32>, %u: tensor<?x1536xf32>) {
  // CHECK: qwen.swiglu %{{.*}}, %{{.*}} : tensor<?x1536xf32>
  %h = qwen.swiglu %g, %u : tensor<?x1536xf32>
  return
}
