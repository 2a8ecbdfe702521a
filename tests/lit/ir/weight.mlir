// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

qwen.tensor @token_embd.weight at 0 : !qwen.weight<49152x576, q4_1>

// CHECK-LABEL: func.func @f(
func.func @f() -> !qwen.weight<49152x576, q4_1> {
  // CHECK: qwen.weight @token_embd.weight : <49152x576, q4_1>
  %w = qwen.weight @token_embd.weight : !qwen.weight<49152x576, q4_1>
  return %w : !qwen.weight<49152x576, q4_1>
}
