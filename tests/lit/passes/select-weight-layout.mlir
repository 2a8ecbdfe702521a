// RUN: qwen-opt %s --qwen-select-weight-layout -split-input-file -verify-diagnostics | FileCheck %s

// The rotary tables come first: 256 low and 512/256 high positions, 8 angles of
// a head of 16, cos and sin, 4 bytes: (256 + 2) * 8 * 2 * 4 = 16512 bytes.
//
// CHECK: qwen.rope_tables = #qwen.packed<"rope", offset = 0, bytes = 16512>
// CHECK-SAME: qwen.weight_bytes = 88832 : i64
module attributes {
  qwen.model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = 1, heads = 4,
      kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
      rope_theta = 1.0e6 : f64, rope = pairs, eps = 1.0e-5 : f64>
} {
  // 40 rows are 2 panels of 32; Q8_0: 2 blocks of 32 k, each 64 + 32*32 bytes.
  // CHECK: @token_embd.weight {{.*}} #qwen.packed<"panels32", offset = 16512, bytes = 4352>
  qwen.tensor @token_embd.weight at 0 : !qwen.weight<40x64, q8_0>
  // Vectors are kept as fp32, whatever their format in the file.
  // CHECK: @blk.0.attn_norm.weight {{.*}} #qwen.packed<"vector", offset = 20864, bytes = 256>
  qwen.tensor @blk.0.attn_norm.weight at 0 : !qwen.weight<64, f16>
  // Q4_0: 2 panels of 2 blocks, each 64 + 512 bytes.
  // CHECK: @blk.0.attn_q.weight {{.*}} #qwen.packed<"panels32", offset = 21120, bytes = 2304>
  qwen.tensor @blk.0.attn_q.weight at 0 : !qwen.weight<64x64, q4_0>
  // 4 elements end inside a line of 64 bytes; the next tensor begins its own.
  // CHECK: @blk.0.attn_q.bias {{.*}} #qwen.packed<"vector", offset = 23424, bytes = 16>
  qwen.tensor @blk.0.attn_q.bias at 0 : !qwen.weight<4, f32>
  // Q4_1: minima too, 2 * 64 + 512 bytes a block.
  // CHECK: @blk.0.attn_k.weight {{.*}} #qwen.packed<"panels32", offset = 23488, bytes = 1280>
  qwen.tensor @blk.0.attn_k.weight at 0 : !qwen.weight<32x64, q4_1>
  // F16: 64 k of 32 rows of 2 bytes.
  // CHECK: @blk.0.attn_v.weight {{.*}} #qwen.packed<"panels32", offset = 24768, bytes = 4096>
  qwen.tensor @blk.0.attn_v.weight at 0 : !qwen.weight<32x64, f16>
  // F32: 32 k of a panel of 32 rows, of which 25 are padding, of 4 bytes.
  // CHECK: @blk.0.ffn_up.weight {{.*}} #qwen.packed<"panels32", offset = 28864, bytes = 4096>
  qwen.tensor @blk.0.ffn_up.weight at 0 : !qwen.weight<7x32, f32>
  // BF16, one row: a whole panel.
  // CHECK: @blk.0.ffn_gate.weight {{.*}} #qwen.packed<"panels32", offset = 32960, bytes = 832>
  qwen.tensor @blk.0.ffn_gate.weight at 0 : !qwen.weight<1x13, bf16>
  // Q6_K: a block of 256 k is a half, 8 times two scales and 24 bytes.
  // CHECK: @blk.0.ffn_down.weight {{.*}} #qwen.packed<"panels32", offset = 33792, bytes = 6720>
  qwen.tensor @blk.0.ffn_down.weight at 0 : !qwen.weight<32x256, q6_k>
  // Q4_K: 2 halves a row, and for each 32 k a scale and a minimum of a byte and 16 of nibbles.
  // CHECK: @blk.1.t0 {{.*}} #qwen.packed<"panels32", offset = 40512, bytes = 4736>
  qwen.tensor @blk.1.t0 at 0 : !qwen.weight<32x256, q4_k>
  // Q5_K: 4 bytes of fifth bits more.
  // CHECK: @blk.1.t1 {{.*}} #qwen.packed<"panels32", offset = 45248, bytes = 5760>
  qwen.tensor @blk.1.t1 at 0 : !qwen.weight<32x256, q5_k>
  // Q5_0: 8 blocks of 2 + 16 + 4 bytes a row.
  // CHECK: @blk.1.t2 {{.*}} #qwen.packed<"panels32", offset = 51008, bytes = 5632>
  qwen.tensor @blk.1.t2 at 0 : !qwen.weight<32x256, q5_0>
  // IQ4_XS: a half, 8 times a scale of a byte and nibbles.
  // CHECK: @blk.1.t3 {{.*}} #qwen.packed<"panels32", offset = 56640, bytes = 4416>
  qwen.tensor @blk.1.t3 at 0 : !qwen.weight<32x256, iq4_xs>
  // Q3_K: a half, 8 times two scales, 8 bytes of two bits and 4 of one.
  // CHECK: @blk.1.t4 {{.*}} #qwen.packed<"panels32", offset = 61056, bytes = 3648>
  qwen.tensor @blk.1.t4 at 0 : !qwen.weight<32x256, q3_k>
  // Q2_K: two halves, 8 times two bytes of scale and minimum, 8 bytes of two bits.
  // CHECK: @blk.1.t5 {{.*}} #qwen.packed<"panels32", offset = 64704, bytes = 2688>
  qwen.tensor @blk.1.t5 at 0 : !qwen.weight<32x256, q2_k>
  // MXFP4: 8 blocks of 1 + 16 bytes a row.
  // CHECK: @blk.1.t6 {{.*}} #qwen.packed<"panels32", offset = 67392, bytes = 4352>
  qwen.tensor @blk.1.t6 at 0 : !qwen.weight<32x256, mxfp4>
  // Experts: each begins a panel of its own. 4 times 1 panel of 2 blocks.
  // CHECK: @blk.0.ffn_up_exps.weight {{.*}} #qwen.packed<"panels32", offset = 71744, bytes = 4608>
  qwen.tensor @blk.0.ffn_up_exps.weight at 0 : !qwen.weight<4x20x64, q4_0>
  // W4G128: 2 blocks of 2 + 64 bytes a row.
  // CHECK: @blk.1.t7 {{.*}} #qwen.packed<"panels32", offset = 76352, bytes = 4224>
  qwen.tensor @blk.1.t7 at 0 : !qwen.weight<32x256, w4g128>
  // W8: a half a row and its bytes.
  // CHECK: @blk.1.t8 {{.*}} #qwen.packed<"panels32", offset = 80576, bytes = 8256>
  qwen.tensor @blk.1.t8 at 0 : !qwen.weight<32x256, w8>
}

// -----

// expected-error @+1 {{the module has no qwen.model attribute}}
module {
  qwen.tensor @token_embd.weight at 0 : !qwen.weight<40x64, q8_0>
}
