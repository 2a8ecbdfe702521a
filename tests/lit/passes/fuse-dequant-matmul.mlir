// RUN: qwen-opt %s --qwen-fuse-dequant-matmul | FileCheck %s --implicit-check-not=qwen.dequantize

// A quantised weight: the activations are quantised, the weight is not expanded.
// CHECK-LABEL: func.func @quantised(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !qwen.weight<96x64, q4_0>)
func.func @quantised(%x: tensor<?x64xf32>, %w: !qwen.weight<96x64, q4_0>) -> tensor<?x96xf32> {
  // CHECK-NEXT: %[[Q:.*]] = qwen.quantize %[[X]] : tensor<?x64xf32> -> <?x64>
  // CHECK-NEXT: %[[Y:.*]] = qwen.linear %[[Q]], %[[W]] : !qwen.q8<?x64>, <96x64, q4_0> -> tensor<?x96xf32>
  // CHECK-NEXT: return %[[Y]]
  %f = qwen.dequantize %w : !qwen.weight<96x64, q4_0> -> tensor<96x64xf32>
  %y = qwen.matmul %x, %f : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// Weights of several groups read activations in the longest.
// CHECK-LABEL: func.func @groups(
func.func @groups(%x: tensor<?x128xf32>, %a: !qwen.weight<96x128, q4_0>,
    %b: !qwen.weight<96x128, w4g128>, %c: !qwen.weight<96x128, w4g64>)
    -> (tensor<?x96xf32>, tensor<?x96xf32>, tensor<?x96xf32>) {
  // CHECK: qwen.quantize %{{.*}} : tensor<?x128xf32> -> <?x128, 128>
  // CHECK: qwen.linear %{{.*}} : !qwen.q8<?x128, 128>, <96x128, q4_0>
  // CHECK: qwen.linear %{{.*}} : !qwen.q8<?x128, 128>, <96x128, w4g128>
  // CHECK: qwen.linear %{{.*}} : !qwen.q8<?x128, 128>, <96x128, w4g64>
  %d = qwen.dequantize %a : !qwen.weight<96x128, q4_0> -> tensor<96x128xf32>
  %e = qwen.dequantize %b : !qwen.weight<96x128, w4g128> -> tensor<96x128xf32>
  %f = qwen.dequantize %c : !qwen.weight<96x128, w4g64> -> tensor<96x128xf32>
  %y = qwen.matmul %x, %d : tensor<?x128xf32>, tensor<96x128xf32> -> tensor<?x96xf32>
  %z = qwen.matmul %x, %e : tensor<?x128xf32>, tensor<96x128xf32> -> tensor<?x96xf32>
  %u = qwen.matmul %x, %f : tensor<?x128xf32>, tensor<96x128xf32> -> tensor<?x96xf32>
  return %y, %z, %u : tensor<?x96xf32>, tensor<?x96xf32>, tensor<?x96xf32>
}

// A float weight multiplies with fp32 activations.
// CHECK-LABEL: func.func @floats(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !qwen.weight<96x64, bf16>)
func.func @floats(%x: tensor<?x64xf32>, %w: !qwen.weight<96x64, bf16>) -> tensor<?x96xf32> {
  // CHECK-NOT: qwen.quantize
  // CHECK: qwen.linear %[[X]], %[[W]] : tensor<?x64xf32>, <96x64, bf16> -> tensor<?x96xf32>
  %f = qwen.dequantize %w : !qwen.weight<96x64, bf16> -> tensor<96x64xf32>
  %y = qwen.matmul %x, %f : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// CHECK-LABEL: func.func @bias(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !qwen.weight<96x64, q8_0>, %[[B:.*]]: !qwen.weight<96, f32>)
func.func @bias(%x: tensor<?x64xf32>, %w: !qwen.weight<96x64, q8_0>, %b: !qwen.weight<96, f32>)
    -> tensor<?x96xf32> {
  // CHECK: qwen.linear %{{.*}}, %[[W]] bias %[[B]] :
  // CHECK-NOT: qwen.add_bias
  %f = qwen.dequantize %w : !qwen.weight<96x64, q8_0> -> tensor<96x64xf32>
  %y = qwen.matmul %x, %f : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %z = qwen.add_bias %y, %b : tensor<?x96xf32>, !qwen.weight<96, f32>
  return %z : tensor<?x96xf32>
}

// The product is also wanted without its bias: the bias stays apart.
// CHECK-LABEL: func.func @bias_of_a_shared_product(
func.func @bias_of_a_shared_product(%x: tensor<?x64xf32>, %w: !qwen.weight<96x64, f32>,
    %b: !qwen.weight<96, f32>) -> (tensor<?x96xf32>, tensor<?x96xf32>) {
  // CHECK: %[[Y:.*]] = qwen.linear
  // CHECK-NOT: bias %
  // CHECK: qwen.add_bias %[[Y]]
  %f = qwen.dequantize %w : !qwen.weight<96x64, f32> -> tensor<96x64xf32>
  %y = qwen.matmul %x, %f : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %z = qwen.add_bias %y, %b : tensor<?x96xf32>, !qwen.weight<96, f32>
  return %y, %z : tensor<?x96xf32>, tensor<?x96xf32>
}

// A second bias finds the epilogue taken.
// CHECK-LABEL: func.func @two_biases(
func.func @two_biases(%x: tensor<?x64xf32>, %w: !qwen.weight<96x64, f32>,
    %a: !qwen.weight<96, f32>, %b: !qwen.weight<96, f32>) -> tensor<?x96xf32> {
  // CHECK: %[[Y:.*]] = qwen.linear {{.*}} bias %
  // CHECK-NEXT: qwen.add_bias %[[Y]]
  %f = qwen.dequantize %w : !qwen.weight<96x64, f32> -> tensor<96x64xf32>
  %y = qwen.matmul %x, %f : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %z = qwen.add_bias %y, %a : tensor<?x96xf32>, !qwen.weight<96, f32>
  %u = qwen.add_bias %z, %b : tensor<?x96xf32>, !qwen.weight<96, f32>
  return %u : tensor<?x96xf32>
}

// The matrix is no weight of the file.
// CHECK-LABEL: func.func @computed_matrix(
func.func @computed_matrix(%x: tensor<?x64xf32>, %m: tensor<96x64xf32>) -> tensor<?x96xf32> {
  // CHECK-NEXT: qwen.matmul
  %y = qwen.matmul %x, %m : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
