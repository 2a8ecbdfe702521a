// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Plain (llama), with biases (qwen2), with head norms (qwen3), with both.

// CHECK-LABEL: func.func @plain(
func.func @plain(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>) {
  // CHECK: qwen.qkv_project %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} pairs head_dim 16 : !qwen.q8<?x64>, <64x64, q4_1>, <32x64, q4_1>, <32x64, q4_1> -> tensor<?x64xf32>, <2x16>
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv pairs head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// CHECK-LABEL: func.func @biases(
func.func @biases(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %bq: !qwen.weight<64, f32>, %bk: !qwen.weight<32, f32>, %bv: !qwen.weight<32, f32>) {
  // CHECK: qwen.qkv_project %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} bias %{{.*}}, %{{.*}}, %{{.*}} halves head_dim 16 : !qwen.q8<?x64>, <64x64, q4_1>, <32x64, q4_1>, <32x64, q4_1> bias !qwen.weight<64, f32>, !qwen.weight<32, f32>, !qwen.weight<32, f32> -> tensor<?x64xf32>, <2x16>
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv bias %bq, %bk, %bv halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> bias !qwen.weight<64, f32>, !qwen.weight<32, f32>, !qwen.weight<32, f32> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// CHECK-LABEL: func.func @head_norms(
func.func @head_norms(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %nq: !qwen.weight<16, f32>, %nk: !qwen.weight<16, f32>) {
  // CHECK: qwen.qkv_project %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} head_norm %{{.*}}, %{{.*}} eps 1.000000e-05 halves head_dim 16 : !qwen.q8<?x64>, <64x64, q4_1>, <32x64, q4_1>, <32x64, q4_1> head_norm !qwen.weight<16, f32>, !qwen.weight<16, f32> -> tensor<?x64xf32>, <2x16>
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv head_norm %nq, %nk eps 1.0e-5 halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> head_norm !qwen.weight<16, f32>, !qwen.weight<16, f32> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// CHECK-LABEL: func.func @both(
func.func @both(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %bq: !qwen.weight<64, f32>, %bk: !qwen.weight<32, f32>, %bv: !qwen.weight<32, f32>, %nq: !qwen.weight<16, f32>, %nk: !qwen.weight<16, f32>) {
  // CHECK: qwen.qkv_project %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} bias %{{.*}}, %{{.*}}, %{{.*}} head_norm %{{.*}}, %{{.*}} eps 1.000000e-05 halves head_dim 16 : !qwen.q8<?x64>, <64x64, q4_1>, <32x64, q4_1>, <32x64, q4_1> bias !qwen.weight<64, f32>, !qwen.weight<32, f32>, !qwen.weight<32, f32> head_norm !qwen.weight<16, f32>, !qwen.weight<16, f32> -> tensor<?x64xf32>, <2x16>
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv bias %bq, %bk, %bv head_norm %nq, %nk eps 1.0e-5 halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> bias !qwen.weight<64, f32>, !qwen.weight<32, f32>, !qwen.weight<32, f32> head_norm !qwen.weight<16, f32>, !qwen.weight<16, f32> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}
