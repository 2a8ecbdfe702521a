// RUN: qwen-opt %s --qwen-fuse-qkv-projection --canonicalize | FileCheck %s

// llama: projections and rotations
// CHECK-LABEL: func.func @plain(
func.func @plain(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NEXT: %[[Q:.*]], %[[KV:.*]] = qwen.qkv_project %arg0, %arg1, %arg2, %arg3 pairs head_dim 16 :
  // CHECK-NEXT: return %[[Q]], %[[KV]]
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q = qwen.rope %q0 pairs head_dim 16 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 pairs head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// qwen2: with biases
// CHECK-LABEL: func.func @biases(
func.func @biases(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>,
    %bq: !qwen.weight<64, f32>, %bk: !qwen.weight<32, f32>, %bv: !qwen.weight<32, f32>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NEXT: qwen.qkv_project %arg0, %arg1, %arg2, %arg3 bias %arg4, %arg5, %arg6 halves head_dim 16
  // CHECK-NEXT: return
  %q0 = qwen.linear %x, %wq bias %bq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> bias !qwen.weight<64, f32> -> tensor<?x64xf32>
  %q = qwen.rope %q0 halves head_dim 16 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk bias %bk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> bias !qwen.weight<32, f32> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv bias %bv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> bias !qwen.weight<32, f32> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// qwen3: with head norms; K and V stand before Q here.
// CHECK-LABEL: func.func @head_norms(
func.func @head_norms(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>,
    %nq: !qwen.weight<16, f32>, %nk: !qwen.weight<16, f32>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NEXT: qwen.qkv_project %arg0, %arg1, %arg2, %arg3 head_norm %arg4, %arg5 eps 1.000000e-05 halves head_dim 16
  // CHECK-NEXT: return
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k1 = qwen.head_norm %k0, %nk eps 1.0e-5 : tensor<?x32xf32>, !qwen.weight<16, f32>
  %k = qwen.rope %k1 halves head_dim 16 : tensor<?x32xf32>
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q1 = qwen.head_norm %q0, %nq eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<16, f32>
  %q = qwen.rope %q1 halves head_dim 16 : tensor<?x64xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// Q has a norm, K has none.
// CHECK-LABEL: func.func @one_norm(
func.func @one_norm(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>,
    %nq: !qwen.weight<16, f32>, %nk: !qwen.weight<16, f32>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q1 = qwen.head_norm %q0, %nq eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<16, f32>
  %q = qwen.rope %q1 halves head_dim 16 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// The norms differ in epsilon, of which the fused operation has one.
// CHECK-LABEL: func.func @two_eps(
func.func @two_eps(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>,
    %nq: !qwen.weight<16, f32>, %nk: !qwen.weight<16, f32>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q1 = qwen.head_norm %q0, %nq eps 1.0e-6 : tensor<?x64xf32>, !qwen.weight<16, f32>
  %q = qwen.rope %q1 halves head_dim 16 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k1 = qwen.head_norm %k0, %nk eps 1.0e-5 : tensor<?x32xf32>, !qwen.weight<16, f32>
  %k = qwen.rope %k1 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// Only Q has a bias.
// CHECK-LABEL: func.func @one_bias(
func.func @one_bias(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>,
    %bq: !qwen.weight<64, f32>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %x, %wq bias %bq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> bias !qwen.weight<64, f32> -> tensor<?x64xf32>
  %q = qwen.rope %q0 halves head_dim 16 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// Q and K rotate in different ways.
// CHECK-LABEL: func.func @two_rotations(
func.func @two_rotations(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q = qwen.rope %q0 pairs head_dim 16 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// Rotated heads of 32 are stored as heads of 16.
// CHECK-LABEL: func.func @other_heads(
func.func @other_heads(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q = qwen.rope %q0 halves head_dim 32 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 32 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// K is stored as it is projected.
// CHECK-LABEL: func.func @no_rotation(
func.func @no_rotation(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q = qwen.rope %q0 halves head_dim 16 : tensor<?x64xf32>
  %k = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// V projects another row.
// CHECK-LABEL: func.func @other_input(
func.func @other_input(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>,
    %z: !qwen.q8<?x64>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q = qwen.rope %q0 halves head_dim 16 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %z, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// Q is projected from another row.
// CHECK-LABEL: func.func @query_elsewhere(
func.func @query_elsewhere(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>,
    %z: !qwen.q8<?x64>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %z, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q = qwen.rope %q0 halves head_dim 16 : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

// Q is used before the keys are stored, and the fused operation stands there.
// CHECK-LABEL: func.func @query_first(
func.func @query_first(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>,
    %wv: !qwen.weight<32x64, q4_0>) -> (tensor<?x64xf32>, tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q = qwen.rope %q0 halves head_dim 16 : tensor<?x64xf32>
  %z = qwen.add %q, %q : tensor<?x64xf32>
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  return %z, %q, %kv : tensor<?x64xf32>, tensor<?x64xf32>, !qwen.kv<2x16>
}

// Q is projected after the store, by a weight that is named there.
// CHECK-LABEL: func.func @query_last(
func.func @query_last(%x: !qwen.q8<?x64>, %wk: !qwen.weight<32x64, q4_0>, %wv: !qwen.weight<32x64, q4_0>) -> (tensor<?x64xf32>, !qwen.kv<2x16>) {
  // CHECK-NOT: qwen.qkv_project
  // CHECK: qwen.kv_store
  // CHECK: qwen.weight @wq
  %k0 = qwen.linear %x, %wk : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %k = qwen.rope %k0 halves head_dim 16 : tensor<?x32xf32>
  %v = qwen.linear %x, %wv : !qwen.q8<?x64>, !qwen.weight<32x64, q4_0> -> tensor<?x32xf32>
  %kv = qwen.kv_store %k, %v : tensor<?x32xf32> -> !qwen.kv<2x16>
  %wq = qwen.weight @wq : !qwen.weight<64x64, q4_0>
  %q0 = qwen.linear %x, %wq : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
  %q = qwen.rope %q0 halves head_dim 16 : tensor<?x64xf32>
  return %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
}

qwen.tensor @wq at 0 : !qwen.weight<64x64, q4_0>
