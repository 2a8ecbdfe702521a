// RUN: qwen-opt %s --qwen-select-activation-sums | FileCheck %s

// Weights with one scale and no minimum take what every q8 has.
// CHECK-LABEL: func.func @plain(
func.func @plain(%x: tensor<?x256xf32>, %w: !qwen.weight<64x256, q4_0>) -> tensor<?x64xf32> {
  // CHECK: qwen.quantize {{.*}} -> <?x256>
  %q = qwen.quantize %x : tensor<?x256xf32> -> !qwen.q8<?x256>
  %y = qwen.linear %q, %w : !qwen.q8<?x256>, !qwen.weight<64x256, q4_0> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Two scales a group want the sums of halves, minima want scaled ones; a value holds
// what any of its readers wants.
// CHECK-LABEL: func.func @mixture(
func.func @mixture(%x: tensor<?x256xf32>, %n: !qwen.weight<256, f32>,
    %q4: !qwen.weight<256x256, q4_k>, %k4: !qwen.weight<64x256, q4_k>,
    %v6: !qwen.weight<64x256, q6_k>) -> (tensor<?x256xf32>, tensor<?x256xf32>) {
  // CHECK: qwen.norm_quantize {{.*}} -> <?x256, halves, scaled>
  %q8 = qwen.norm_quantize %x, %n eps 1.0e-5
      : tensor<?x256xf32>, !qwen.weight<256, f32> -> !qwen.q8<?x256>
  // CHECK: qwen.qkv_project
  // CHECK-SAME: !qwen.q8<?x256, halves, scaled>
  %q, %kv = qwen.qkv_project %q8, %q4, %k4, %v6 halves head_dim 64
      : !qwen.q8<?x256>, !qwen.weight<256x256, q4_k>, !qwen.weight<64x256, q4_k>, !qwen.weight<64x256, q6_k>
      -> tensor<?x256xf32>, !qwen.kv<1x64>
  %a = qwen.attention %q, %kv : tensor<?x256xf32>, !qwen.kv<1x64>
  // CHECK: qwen.quantize {{.*}} -> <?x256, scaled>
  %a8 = qwen.quantize %a : tensor<?x256xf32> -> !qwen.q8<?x256>
  // CHECK: qwen.gate_up
  // CHECK-SAME: -> !qwen.q8<?x256, halves>
  %h = qwen.gate_up %a8, %q4, %q4
      : !qwen.q8<?x256>, !qwen.weight<256x256, q4_k>, !qwen.weight<256x256, q4_k> -> !qwen.q8<?x256>
  %d = qwen.linear %h, %v6 : !qwen.q8<?x256>, !qwen.weight<64x256, q6_k> -> tensor<?x64xf32>
  return %a, %q : tensor<?x256xf32>, tensor<?x256xf32>
}

// Sums that nobody reads any more go.
// CHECK-LABEL: func.func @unread(
func.func @unread(%x: tensor<?x256xf32>, %w: !qwen.weight<64x256, q8_0>) -> tensor<?x64xf32> {
  // CHECK: qwen.quantize {{.*}} -> <?x256>
  %q = qwen.quantize %x : tensor<?x256xf32> -> !qwen.q8<?x256, halves, scaled>
  %y = qwen.linear %q, %w : !qwen.q8<?x256, halves, scaled>, !qwen.weight<64x256, q8_0> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
