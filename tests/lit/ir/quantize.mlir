// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Columns stay, in groups of 32.

// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x576xf32>) {
  // CHECK: qwen.quantize %{{.*}} : tensor<?x576xf32> -> <?x576>
  %q = qwen.quantize %x : tensor<?x576xf32> -> !qwen.q8<?x576>
  return
}
