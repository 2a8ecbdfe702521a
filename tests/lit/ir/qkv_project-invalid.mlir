// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>) {
  // expected-error @+1 {{head_dim is 32 but the cache is '!qwen.kv<2x16>'}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv halves head_dim 32 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>) {
  // expected-error @+1 {{gives 64 columns, not 32}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> -> tensor<?x32xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>) {
  // expected-error @+1 {{gives 32 columns, not 64}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> -> tensor<?x64xf32>, !qwen.kv<4x16>
  return
}

// -----

func.func @f(%x: tensor<?x64xf32>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>) {
  // expected-error @+1 {{a quantised weight takes !qwen.q8 activations, not 'tensor<?x64xf32>'}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv halves head_dim 16 : tensor<?x64xf32>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x32, q4_1>) {
  // expected-error @+1 {{rows of '!qwen.q8<?x64>' do not fit rows of '!qwen.weight<32x32, q4_1>'}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x32, q4_1> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %bq: !qwen.weight<32, f32>, %bk: !qwen.weight<32, f32>, %bv: !qwen.weight<32, f32>) {
  // expected-error @+1 {{the bias of Q must have 64 elements, not '!qwen.weight<32, f32>'}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv bias %bq, %bk, %bv halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> bias !qwen.weight<32, f32>, !qwen.weight<32, f32>, !qwen.weight<32, f32> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %bq: !qwen.weight<64, f32>, %bk: !qwen.weight<64, f32>, %bv: !qwen.weight<32, f32>) {
  // expected-error @+1 {{the bias of K must have 32 elements, not '!qwen.weight<64, f32>'}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv bias %bq, %bk, %bv halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> bias !qwen.weight<64, f32>, !qwen.weight<64, f32>, !qwen.weight<32, f32> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %bq: !qwen.weight<64, f32>, %bk: !qwen.weight<32, f32>, %bv: !qwen.weight<64, f32>) {
  // expected-error @+1 {{the bias of V must have 32 elements, not '!qwen.weight<64, f32>'}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv bias %bq, %bk, %bv halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> bias !qwen.weight<64, f32>, !qwen.weight<32, f32>, !qwen.weight<64, f32> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %nq: !qwen.weight<32, f32>, %nk: !qwen.weight<16, f32>) {
  // expected-error @+1 {{the norm of Q must have 16 elements, not '!qwen.weight<32, f32>'}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv head_norm %nq, %nk eps 1.0e-5 halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> head_norm !qwen.weight<32, f32>, !qwen.weight<16, f32> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %nq: !qwen.weight<16, f32>, %nk: !qwen.weight<32, f32>) {
  // expected-error @+1 {{the norm of K must have 16 elements, not '!qwen.weight<32, f32>'}}
  %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv head_norm %nq, %nk eps 1.0e-5 halves head_dim 16 : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1> head_norm !qwen.weight<16, f32>, !qwen.weight<32, f32> -> tensor<?x64xf32>, !qwen.kv<2x16>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>) {
  // expected-error @+1 {{head_norm and eps come together}}
  %q, %kv = "qwen.qkv_project"(%x, %wq, %wk, %wv) <{eps = 1.0e-5 : f64, head_dim = 16 : i64, mode = #qwen<rope_mode halves>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0>}> : (!qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1>) -> (tensor<?x64xf32>, !qwen.kv<2x16>)
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %bq: !qwen.weight<64, f32>) {
  // expected-error @+1 {{Q, K and V have biases or none has}}
  %q, %kv = "qwen.qkv_project"(%x, %wq, %wk, %wv, %bq) <{head_dim = 16 : i64, mode = #qwen<rope_mode halves>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 0, 0>}> : (!qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<64, f32>) -> (tensor<?x64xf32>, !qwen.kv<2x16>)
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %wq: !qwen.weight<64x64, q4_1>, %wk: !qwen.weight<32x64, q4_1>, %wv: !qwen.weight<32x64, q4_1>, %nq: !qwen.weight<16, f32>) {
  // expected-error @+1 {{Q and K have head norms or neither has}}
  %q, %kv = "qwen.qkv_project"(%x, %wq, %wk, %wv, %nq) <{head_dim = 16 : i64, mode = #qwen<rope_mode halves>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 1, 0>}> : (!qwen.q8<?x64>, !qwen.weight<64x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<32x64, q4_1>, !qwen.weight<16, f32>) -> (tensor<?x64xf32>, !qwen.kv<2x16>)
  return
}
