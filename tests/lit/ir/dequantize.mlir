// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Every format has an fp32 meaning.

// CHECK-LABEL: func.func @f(
func.func @f(%a: !qwen.weight<64x256, q4_0>, %b: !qwen.weight<64x256, q6_k>, %c: !qwen.weight<7x5, bf16>) {
  // CHECK: qwen.dequantize %{{.*}} : <64x256, q4_0> -> tensor<64x256xf32>
  %0 = qwen.dequantize %a : !qwen.weight<64x256, q4_0> -> tensor<64x256xf32>
  // CHECK: qwen.dequantize %{{.*}} : <64x256, q6_k> -> tensor<64x256xf32>
  %1 = qwen.dequantize %b : !qwen.weight<64x256, q6_k> -> tensor<64x256xf32>
  // CHECK: qwen.dequantize %{{.*}} : <7x5, bf16> -> tensor<7x5xf32>
  %2 = qwen.dequantize %c : !qwen.weight<7x5, bf16> -> tensor<7x5xf32>
  return
}
