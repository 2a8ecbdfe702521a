// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// The rows that are kept have the type of all rows.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x576xf32>) {
  // CHECK: qwen.logit_rows %{{.*}} : tensor<?x576xf32>
  %l = qwen.logit_rows %x : tensor<?x576xf32>
  return
}
