// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// No operands, no results.

// CHECK-LABEL: func.func @f(
func.func @f() {
  // CHECK: qwen.barrier
  qwen.barrier
  return
}
