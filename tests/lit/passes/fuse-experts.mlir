// RUN: qwen-opt %s --qwen-fuse-experts --canonicalize | FileCheck %s

!r = !qwen.routes<?x2, 8>

// CHECK-LABEL: func.func @quantised(
// CHECK-SAME: %[[S:.*]]: tensor<?x64xf32>, %[[X:.*]]: tensor<?x64xf32>, %[[R:.*]]: !qwen.routes<?x2, 8>, %[[G:.*]]: !qwen.weight<8x96x64, q4_0>, %[[U:.*]]: !qwen.weight<8x96x64, q4_1>, %[[D:.*]]: !qwen.weight<8x64x96, q8_0>)
func.func @quantised(%s: tensor<?x64xf32>, %x: tensor<?x64xf32>, %r: !r,
    %wg: !qwen.weight<8x96x64, q4_0>, %wu: !qwen.weight<8x96x64, q4_1>,
    %wd: !qwen.weight<8x64x96, q8_0>) -> tensor<?x64xf32> {
  // CHECK-NEXT: %[[Q:.*]] = qwen.quantize %[[X]]
  // CHECK-NEXT: %[[H:.*]] = qwen.expert_gate_up %[[Q]], %[[R]], %[[G]], %[[U]] : {{.*}} -> !qwen.q8<?x192>
  // CHECK-NEXT: %[[Y:.*]] = qwen.expert_down %[[H]], %[[R]], %[[D]] residual %[[S]]
  // CHECK-NEXT: return %[[Y]]
  %g = qwen.expert_matmul %x, %r, %wg : tensor<?x64xf32>, !r, !qwen.weight<8x96x64, q4_0> -> tensor<?x192xf32>
  %u = qwen.expert_matmul %x, %r, %wu : tensor<?x64xf32>, !r, !qwen.weight<8x96x64, q4_1> -> tensor<?x192xf32>
  %h = qwen.swiglu %g, %u : tensor<?x192xf32>
  %d = qwen.expert_sum %h, %r, %wd : tensor<?x192xf32>, !r, !qwen.weight<8x64x96, q8_0> -> tensor<?x64xf32>
  %y = qwen.add %s, %d : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Floats stay fp32; the sum may be on either side.
// CHECK-LABEL: func.func @floats(
func.func @floats(%s: tensor<?x64xf32>, %x: tensor<?x64xf32>, %r: !r,
    %wg: !qwen.weight<8x96x64, f16>, %wd: !qwen.weight<8x64x96, f32>) -> tensor<?x64xf32> {
  // CHECK-NEXT: %[[H:.*]] = qwen.expert_gate_up {{.*}} -> tensor<?x192xf32>
  // CHECK-NEXT: qwen.expert_down %[[H]], {{.*}} residual %{{.*}} : tensor<?x192xf32>
  %g = qwen.expert_matmul %x, %r, %wg : tensor<?x64xf32>, !r, !qwen.weight<8x96x64, f16> -> tensor<?x192xf32>
  %h = qwen.swiglu %g, %g : tensor<?x192xf32>
  %d = qwen.expert_sum %h, %r, %wd : tensor<?x192xf32>, !r, !qwen.weight<8x64x96, f32> -> tensor<?x64xf32>
  %y = qwen.add %d, %s : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// No one operation reads both forms of the row.
// CHECK-LABEL: func.func @different_forms(
func.func @different_forms(%x: tensor<?x64xf32>, %r: !r, %wg: !qwen.weight<8x96x64, f16>,
    %wu: !qwen.weight<8x96x64, q4_0>) -> tensor<?x192xf32> {
  // CHECK-COUNT-2: qwen.expert_matmul
  // CHECK: qwen.swiglu
  %g = qwen.expert_matmul %x, %r, %wg : tensor<?x64xf32>, !r, !qwen.weight<8x96x64, f16> -> tensor<?x192xf32>
  %u = qwen.expert_matmul %x, %r, %wu : tensor<?x64xf32>, !r, !qwen.weight<8x96x64, q4_0> -> tensor<?x192xf32>
  %h = qwen.swiglu %g, %u : tensor<?x192xf32>
  return %h : tensor<?x192xf32>
}

// Routes of two kinds do not mix.
// CHECK-LABEL: func.func @different_routes(
func.func @different_routes(%x: tensor<?x64xf32>, %r: !r, %p: !r,
    %w: !qwen.weight<8x96x64, f16>) -> tensor<?x192xf32> {
  // CHECK-COUNT-2: qwen.expert_matmul
  %g = qwen.expert_matmul %x, %r, %w : tensor<?x64xf32>, !r, !qwen.weight<8x96x64, f16> -> tensor<?x192xf32>
  %u = qwen.expert_matmul %x, %p, %w : tensor<?x64xf32>, !r, !qwen.weight<8x96x64, f16> -> tensor<?x192xf32>
  %h = qwen.swiglu %g, %u : tensor<?x192xf32>
  return %h : tensor<?x192xf32>
}

// A sum that is read twice stays one.
// CHECK-LABEL: func.func @read_twice(
func.func @read_twice(%s: tensor<?x64xf32>, %h: tensor<?x192xf32>, %r: !r,
    %w: !qwen.weight<8x64x96, f16>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  // CHECK: qwen.expert_sum
  // CHECK: qwen.add
  %d = qwen.expert_sum %h, %r, %w : tensor<?x192xf32>, !r, !qwen.weight<8x64x96, f16> -> tensor<?x64xf32>
  %y = qwen.add %s, %d : tensor<?x64xf32>
  return %d, %y : tensor<?x64xf32>, tensor<?x64xf32>
}
