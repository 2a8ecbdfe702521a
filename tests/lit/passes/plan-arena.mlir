// RUN: qwen-opt %s --qwen-plan-arena -split-input-file -verify-diagnostics | FileCheck %s

// A decode step of one layer body. Bytes of a value of one token: 4 a column in
// fp32; in int8 the columns, then a scale and a sum of 4 bytes for each group of
// 32, each array a multiple of 64. Largest first, each at the lowest free place:
//
//    phase     0    1    2    3    4    5     bytes  shared offset
//    scores              ==                   40960       0
//    gate                          ==           384       0
//    up                            ==           384     384
//    x         =========================        256   40960
//    q              =====                       256   41216
//    raw Q          ==                          256       0
//    heads               ==                     256   41472
//    h8                            =====        256     768
//    heads8              =====                  192   41728
//    raw K          ==                          128     256
//    raw V          ==                          128     384
//
// The raw products of Q, K and V and of gate and up are scratch of one phase.
// Scores of all KV heads are touched only where threads outnumber heads.
// In the threads' own parts: 4 scores of 8 padded rows for 512 + 128 positions
// in attention, the normalised rows elsewhere.
//
// CHECK: qwen.arena_shared_bytes = 41920 : i64
// CHECK-SAME: qwen.arena_thread_bytes = 20480 : i64
module attributes {qwen.max_batch = 128 : i64, qwen.model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = 2, heads = 4,
      kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
      rope_theta = 1.0e6 : f64, rope = halves, eps = 1.0e-5 : f64>} {
  func.func @decode(%tokens: tensor<?xi32>, %e: !qwen.weight<40x64, q8_0>, %n: !qwen.weight<64, f32>,
      %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>, %wg: !qwen.weight<96x64, q4_0>,
      %wd: !qwen.weight<64x96, q4_0>) -> tensor<?x40xf32> attributes {qwen.phase = "decode"} {
    // CHECK: qwen.embed {{.*}}{qwen.slots = [#qwen.slot<shared, 40960, rows = 1>]
    %x = qwen.embed %tokens, %e {qwen.split = #qwen.split<tokens, 1>} : tensor<?xi32>, !qwen.weight<40x64, q8_0> -> tensor<?x64xf32>
    %y = qwen.layers %x order [0, 0] : tensor<?x64xf32> {
    ^bb0(%h: tensor<?x64xf32>):
      qwen.barrier
      // CHECK: qwen.norm_quantize {{.*}}{qwen.slots = [#qwen.slot<thread, 256, rows = 1>, #qwen.slot<thread, 0, rows = 1>]
      %q8 = qwen.norm_quantize %h, %n eps 1.0e-5 {qwen.split = #qwen.split<replicate, 1>} : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
      // The result, then the raw products; the cache is no part of the arena.
      // CHECK: qwen.qkv_project {{.*}}{qwen.slots = [#qwen.slot<shared, 41216, rows = 1>, #qwen.slot<shared, 0, rows = 1>, #qwen.slot<shared, 256, rows = 1>, #qwen.slot<shared, 384, rows = 1>]
      %q, %kv = qwen.qkv_project %q8, %wq, %wk, %wk halves head_dim 16 {qwen.split = #qwen.split<heads, 2>}
          : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0>, !qwen.weight<32x64, q4_0>, !qwen.weight<32x64, q4_0>
          -> tensor<?x64xf32>, !qwen.kv<2x16>
      qwen.barrier
      // CHECK: qwen.attention {{.*}}{qwen.slots = [#qwen.slot<shared, 41472, rows = 1>, #qwen.slot<thread, 0, rows = 1>, #qwen.slot<shared, 0, rows = 1>]
      %a = qwen.attention %q, %kv {qwen.split = #qwen.split<heads, 2>} : tensor<?x64xf32>, !qwen.kv<2x16>
      // CHECK: qwen.quantize {{.*}}{qwen.slots = [#qwen.slot<shared, 41728, rows = 1>]
      %a8 = qwen.quantize %a {qwen.split = #qwen.split<heads, 2>} : tensor<?x64xf32> -> !qwen.q8<?x64>
      qwen.barrier
      // In place: over the stream that came in.
      // CHECK: qwen.linear {{.*}}{qwen.slots = [#qwen.slot<shared, 40960, rows = 1>]
      %r = qwen.linear %a8, %wq residual %h {qwen.split = #qwen.split<columns, 32>} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
      qwen.barrier
      // CHECK: qwen.norm_quantize {{.*}}{qwen.slots = [#qwen.slot<thread, 256, rows = 1>, #qwen.slot<thread, 0, rows = 1>]
      %f8 = qwen.norm_quantize %r, %n eps 1.0e-5 {qwen.split = #qwen.split<replicate, 1>} : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
      // CHECK: qwen.gate_up {{.*}}{qwen.slots = [#qwen.slot<shared, 768, rows = 1>, #qwen.slot<shared, 0, rows = 1>, #qwen.slot<shared, 384, rows = 1>]
      %g8 = qwen.gate_up %f8, %wg, %wg {qwen.split = #qwen.split<columns, 32>} : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<96x64, q4_0> -> !qwen.q8<?x96>
      qwen.barrier
      // CHECK: qwen.linear {{.*}}{qwen.slots = [#qwen.slot<shared, 40960, rows = 1>]
      %z = qwen.linear %g8, %wd residual %r {qwen.split = #qwen.split<columns, 32>} : !qwen.q8<?x96>, !qwen.weight<64x96, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
      qwen.yield %z : tensor<?x64xf32>
    }
    // A view has no bytes of its own.
    // CHECK: qwen.logit_rows %{{[^ ]*}} : tensor<?x64xf32>
    %l = qwen.logit_rows %y : tensor<?x64xf32>
    qwen.barrier
    // CHECK: qwen.norm_quantize {{.*}}{qwen.slots = [#qwen.slot<thread, 256, rows = 1>, #qwen.slot<thread, 0, rows = 1>]
    %l8 = qwen.norm_quantize %l, %n eps 1.0e-5 {qwen.split = #qwen.split<replicate, 1>} : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
    // The logits go to the caller's buffer.
    // CHECK: qwen.linear {{.*}}{qwen.slots = []
    %logits = qwen.linear %l8, %e {qwen.split = #qwen.split<columns, 32>} : !qwen.q8<?x64>, !qwen.weight<40x64, q8_0> -> tensor<?x40xf32>
    return %logits : tensor<?x40xf32>
  }
}

// -----

// A prefill step has room for max_batch tokens: 10 * 64 * 4 = 2560 bytes in
// fp32; in int8 640, then 10 * 2 * 4 = 80 bytes twice, as 128: 896.
//
// CHECK: qwen.arena_shared_bytes = 5120 : i64
// CHECK-SAME: qwen.arena_thread_bytes = 0 : i64
module attributes {qwen.max_batch = 10 : i64, qwen.model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = 2, heads = 4,
      kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
      rope_theta = 1.0e6 : f64, rope = halves, eps = 1.0e-5 : f64>} {
  // CHECK: func.func @prefill
  func.func @prefill(%x: tensor<?x64xf32>) attributes {qwen.phase = "prefill"} {
    // Two values that live in the same phase, one after the other.
    // CHECK: qwen.rope {{.*}}{qwen.slots = [#qwen.slot<shared, 0, rows = 10>]
    %0 = qwen.rope %x halves head_dim 16 {qwen.split = #qwen.split<tokens, 1>} : tensor<?x64xf32>
    // CHECK: qwen.rope {{.*}}{qwen.slots = [#qwen.slot<shared, 2560, rows = 10>]
    %1 = qwen.rope %0 halves head_dim 16 {qwen.split = #qwen.split<tokens, 1>} : tensor<?x64xf32>
    qwen.barrier
    // The first is read no more; its bytes are free for what comes after the barrier.
    // CHECK: qwen.quantize {{.*}}{qwen.slots = [#qwen.slot<shared, 0, rows = 10>]
    %2 = qwen.quantize %1 {qwen.split = #qwen.split<tokens, 1>} : tensor<?x64xf32> -> !qwen.q8<?x64>
    return
  }
  // CHECK: func.func @other
  // CHECK-NOT: qwen.slots
  func.func @other(%x: tensor<?x64xf32>) {
    %0 = qwen.add %x, %x {qwen.split = #qwen.split<tokens, 1>} : tensor<?x64xf32>
    return
  }
}

// -----

// The summand is read again after the addition, which therefore cannot write
// over it.
module attributes {qwen.max_batch = 10 : i64, qwen.model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = 2, heads = 4,
      kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
      rope_theta = 1.0e6 : f64, rope = halves, eps = 1.0e-5 : f64>} {
  func.func @decode(%x: tensor<?x64xf32>, %q: !qwen.q8<?x64>, %w: !qwen.weight<64x64, q4_0>)
      attributes {qwen.phase = "decode"} {
    // CHECK: qwen.rope {{.*}}{qwen.slots = [#qwen.slot<shared, 0, rows = 1>]
    %0 = qwen.rope %x halves head_dim 16 {qwen.split = #qwen.split<tokens, 1>} : tensor<?x64xf32>
    // CHECK: qwen.linear {{.*}}{qwen.slots = [#qwen.slot<shared, 256, rows = 1>]
    %1 = qwen.linear %q, %w residual %0 {qwen.split = #qwen.split<columns, 32>} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
    // CHECK: qwen.add {{.*}}{qwen.slots = [#qwen.slot<shared, 0, rows = 1>]
    %2 = qwen.add %0, %1 {qwen.split = #qwen.split<tokens, 1>} : tensor<?x64xf32>
    return
  }
}

// -----

module attributes {qwen.max_batch = 10 : i64, qwen.model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = 2, heads = 4,
      kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
      rope_theta = 1.0e6 : f64, rope = halves, eps = 1.0e-5 : f64>} {
  func.func @decode(%tokens: tensor<?xi32>, %e: !qwen.weight<40x64, q8_0>)
      attributes {qwen.phase = "decode"} {
    %x = qwen.embed %tokens, %e {qwen.split = #qwen.split<tokens, 1>} : tensor<?xi32>, !qwen.weight<40x64, q8_0> -> tensor<?x64xf32>
    // expected-error @+1 {{a body must add to the residual stream in place}}
    %y = qwen.layers %x order [0] : tensor<?x64xf32> {
    ^bb0(%h: tensor<?x64xf32>):
      %z = qwen.rope %h halves head_dim 16 {qwen.split = #qwen.split<tokens, 1>} : tensor<?x64xf32>
      qwen.yield %z : tensor<?x64xf32>
    }
    return
  }
}

// -----

// expected-error @+1 {{expected qwen.model and qwen.max_batch on the module}}
module attributes {qwen.max_batch = 10 : i64} {
}
