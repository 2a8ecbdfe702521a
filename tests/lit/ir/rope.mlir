// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Rotations of both kinds; the type is that of input and result.

// CHECK-LABEL: func.func @halves(
func.func @halves(%x: tensor<?x576xf32>) {
  // CHECK: qwen.rope %{{.*}} halves head_dim 64 : tensor<?x576xf32>
  %r = qwen.rope %x halves head_dim 64 : tensor<?x576xf32>
  return
}

// CHECK-LABEL: func.func @pairs(
func.func @pairs(%x: tensor<?x192xf32>) {
  // CHECK: qwen.rope %{{.*}} pairs head_dim 96 : tensor<?x192xf32>
  %r = qwen.rope %x pairs head_dim 96 : tensor<?x192xf32>
  return
}

// CHECK-LABEL: func.func @one_token(
func.func @one_token(%x: tensor<1x64xf32>) {
  // CHECK: qwen.rope %{{.*}} halves head_dim 64 : tensor<1x64xf32>
  %r = qwen.rope %x halves head_dim 64 : tensor<1x64xf32>
  return
}
