// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// The weight is transposed: its rows are multiplied with rows of the input.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x1536xf32>, %w: tensor<576x1536xf32>) {
  // CHECK: qwen.matmul %{{.*}}, %{{.*}} : tensor<?x1536xf32>, tensor<576x1536xf32> -> tensor<?x576xf32>
  %y = qwen.matmul %x, %w : tensor<?x1536xf32>, tensor<576x1536xf32> -> tensor<?x576xf32>
  return
}
