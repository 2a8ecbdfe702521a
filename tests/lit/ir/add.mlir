// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Both summands and the sum have one type.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x576xf32>, %a: tensor<?x576xf32>) {
  // CHECK: qwen.add %{{.*}}, %{{.*}} : tensor<?x576xf32>
  %y = qwen.add %x, %a : tensor<?x576xf32>
  return
}
