// RUN: qwen-opt %s --qwen-fuse-residual --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @right(
// CHECK-SAME: %[[X:.*]]: tensor<?x96xf32>, %[[Q:.*]]: !qwen.q8<?x64>, %[[W:.*]]: !qwen.weight<96x64, q4_0>)
func.func @right(%x: tensor<?x96xf32>, %q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>)
    -> tensor<?x96xf32> {
  // CHECK-NEXT: %[[Y:.*]] = qwen.linear %[[Q]], %[[W]] residual %[[X]] :
  // CHECK-NEXT: return %[[Y]]
  %p = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  %y = qwen.add %x, %p : tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// A sum has no order.
// CHECK-LABEL: func.func @left(
// CHECK-SAME: %[[X:.*]]: tensor<?x96xf32>, %[[Q:.*]]: !qwen.q8<?x64>, %[[W:.*]]: !qwen.weight<96x64, q4_0>)
func.func @left(%x: tensor<?x96xf32>, %q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>)
    -> tensor<?x96xf32> {
  // CHECK-NEXT: qwen.linear %[[Q]], %[[W]] residual %[[X]] :
  // CHECK-NEXT: return
  %p = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  %y = qwen.add %p, %x : tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// The product alone is wanted too.
// CHECK-LABEL: func.func @shared_product(
func.func @shared_product(%x: tensor<?x96xf32>, %q: !qwen.q8<?x64>,
    %w: !qwen.weight<96x64, q4_0>) -> (tensor<?x96xf32>, tensor<?x96xf32>) {
  // CHECK-NEXT: %[[P:.*]] = qwen.linear
  // CHECK-NEXT: qwen.add %{{.*}}, %[[P]]
  %p = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  %y = qwen.add %x, %p : tensor<?x96xf32>
  return %p, %y : tensor<?x96xf32>, tensor<?x96xf32>
}

// The epilogue is taken by a bias.
// CHECK-LABEL: func.func @bias(
func.func @bias(%x: tensor<?x96xf32>, %q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>,
    %b: !qwen.weight<96, f32>) -> tensor<?x96xf32> {
  // CHECK-NEXT: %[[P:.*]] = qwen.linear {{.*}} bias %
  // CHECK-NEXT: qwen.add %{{.*}}, %[[P]]
  %p = qwen.linear %q, %w bias %b : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> bias !qwen.weight<96, f32> -> tensor<?x96xf32>
  %y = qwen.add %x, %p : tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// Neither side is a projection.
// CHECK-LABEL: func.func @plain(
func.func @plain(%x: tensor<?x96xf32>, %z: tensor<?x96xf32>) -> tensor<?x96xf32> {
  // CHECK-NEXT: qwen.add
  %y = qwen.add %x, %z : tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
