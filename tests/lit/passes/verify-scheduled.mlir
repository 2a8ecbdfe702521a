// RUN: qwen-opt %s --qwen-verify-scheduled -split-input-file -verify-diagnostics

// Weights, views, bodies and barriers compute nothing: they need nothing.
#model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = 1, heads = 4,
    kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
    rope_theta = 1.0e6 : f64, rope = pairs, eps = 1.0e-5 : f64>
#target = #qwen.target<cpu = "x86-64-v3", triple = "x86_64-linux-gnu", kernel_class = "avx2",
    features = "", l1_bytes = 32768, l2_bytes = 524288>
module attributes {
  qwen.model = #model, qwen.target = #target, qwen.max_batch = 8 : i64, qwen.weight_bytes = 16768 : i64,
  qwen.rope_tables = #qwen.packed<"rope", offset = 0, bytes = 16512>,
  qwen.arena_shared_bytes = 256 : i64, qwen.arena_thread_bytes = 0 : i64
} {
  qwen.tensor @w at 0 : !qwen.weight<64, f32> {qwen.packed = #qwen.packed<"vector", offset = 16512, bytes = 256>}
  func.func @decode(%x: tensor<?x64xf32>) attributes {qwen.phase = "decode"} {
    %w = qwen.weight @w : !qwen.weight<64, f32>
    %y = qwen.layers %x order [0] : tensor<?x64xf32> {
    ^bb0(%h: tensor<?x64xf32>):
      qwen.barrier
      %s = qwen.add %h, %h {qwen.split = #qwen.split<tokens, 1>, qwen.slots = [#qwen.slot<shared, 0, rows = 1>]} : tensor<?x64xf32>
      qwen.yield %s : tensor<?x64xf32>
    }
    %l = qwen.logit_rows %y : tensor<?x64xf32>
    return
  }
}

// -----

// expected-error @+7 {{a scheduled module has the attribute qwen.model}}
// expected-error @+6 {{a scheduled module has the attribute qwen.target}}
// expected-error @+5 {{a scheduled module has the attribute qwen.rope_tables}}
// expected-error @+4 {{a scheduled module has the attribute qwen.weight_bytes}}
// expected-error @+3 {{a scheduled module has the attribute qwen.max_batch}}
// expected-error @+2 {{a scheduled module has the attribute qwen.arena_shared_bytes}}
// expected-error @+1 {{a scheduled module has the attribute qwen.arena_thread_bytes}}
module {
}

// -----

#model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = 1, heads = 4,
    kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
    rope_theta = 1.0e6 : f64, rope = pairs, eps = 1.0e-5 : f64>
#target = #qwen.target<cpu = "x86-64-v3", triple = "x86_64-linux-gnu", kernel_class = "avx2",
    features = "", l1_bytes = 32768, l2_bytes = 524288>
#split = #qwen.split<columns, 32>

module attributes {
  qwen.model = #model, qwen.target = #target, qwen.max_batch = 8 : i64, qwen.weight_bytes = 64 : i64,
  qwen.rope_tables = #qwen.packed<"rope", offset = 0, bytes = 64>,
  qwen.arena_shared_bytes = 0 : i64, qwen.arena_thread_bytes = 0 : i64
} {
  // expected-error @+1 {{has no place in the weight section}}
  qwen.tensor @w at 0 : !qwen.weight<64, f32>
  func.func @decode(%x: tensor<?x64xf32>, %q: !qwen.q8<?x64>, %w: !qwen.weight<64x64, q4_0>,
      %k: !qwen.weight<32x64, q4_0>) {
    // expected-error @+1 {{is not divided over threads}}
    %0 = qwen.add %x, %x : tensor<?x64xf32>
    // expected-error @+1 {{has no arena slots}}
    %1 = qwen.add %x, %x {qwen.split = #split} : tensor<?x64xf32>
    // expected-error @+1 {{needs 1 kernels}}
    %2 = qwen.linear %q, %w {qwen.split = #split, qwen.slots = [#qwen.slot<shared, 0, rows = 1>]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
    // expected-error @+1 {{needs 2 kernels}}
    %3 = qwen.gate_up %q, %w, %w {qwen.split = #split, qwen.slots = [#qwen.slot<shared, 0, rows = 1>], qwen.kernels = ["qwen_a"]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0>, !qwen.weight<64x64, q4_0> -> !qwen.q8<?x64>
    // expected-error @+1 {{needs 3 kernels}}
    %4, %kv = qwen.qkv_project %q, %w, %k, %k halves head_dim 16 {qwen.split = #split, qwen.slots = [#qwen.slot<shared, 0, rows = 1>]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0>, !qwen.weight<32x64, q4_0>, !qwen.weight<32x64, q4_0> -> tensor<?x64xf32>, !qwen.kv<2x16>
    // expected-error @+1 {{needs 0 kernels}}
    %5 = qwen.add %x, %x {qwen.split = #split, qwen.slots = [#qwen.slot<shared, 0, rows = 1>], qwen.kernels = ["qwen_a"]} : tensor<?x64xf32>
    return
  }
}

// -----

// What was chosen must fit: see passes/verify/CheckSchedule.cpp.
#model = #qwen.model<name = "Tiny", arch = "llama", hidden = 64, layers = 1, heads = 4,
    kv_heads = 2, head_dim = 16, ffn = 96, vocab = 40, context_length = 512,
    rope_theta = 1.0e6 : f64, rope = pairs, eps = 1.0e-5 : f64>
#target = #qwen.target<cpu = "x86-64-v3", triple = "x86_64-linux-gnu", kernel_class = "avx2",
    features = "", l1_bytes = 32768, l2_bytes = 524288>
#s = #qwen.slot<shared, 0, rows = 1>
#c = #qwen.split<columns, 32>
#h = #qwen.split<heads, 2>
#t = #qwen.split<tokens, 1>

module attributes {
  qwen.model = #model, qwen.target = #target, qwen.max_batch = 8 : i64, qwen.weight_bytes = 16832 : i64,
  qwen.rope_tables = #qwen.packed<"rope", offset = 0, bytes = 16512>,
  qwen.arena_shared_bytes = 512 : i64, qwen.arena_thread_bytes = 0 : i64
} {
  // expected-error @+1 {{is packed as "vector" in 256 bytes}}
  qwen.tensor @a at 0 : !qwen.weight<64, f32> {qwen.packed = #qwen.packed<"vector", offset = 16512, bytes = 128>}
  func.func @decode(%x: tensor<?x64xf32>, %q: !qwen.q8<?x64>, %w: !qwen.weight<64x64, q4_0>,
      %m: !qwen.weight<64x64, q4_1>) attributes {qwen.phase = "decode"} {
    // expected-error @+1 {{reads sums that '!qwen.q8<?x64>' does not hold; qwen-select-activation-sums adds them}}
    %10 = qwen.linear %q, %m {qwen.split = #c, qwen.slots = [#s], qwen.kernels = ["qwen_matmul_f32_q8g32_q4_1_1x32x4_avx2"]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_1> -> tensor<?x64xf32>
    // expected-error @+1 {{kernel name 'qwen_a': does not begin with}}
    %0 = qwen.linear %q, %w {qwen.split = #c, qwen.slots = [#s], qwen.kernels = ["qwen_a"]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
    // expected-error @+1 {{reads q8_0, but the weight is q4_0}}
    %1 = qwen.linear %q, %w {qwen.split = #c, qwen.slots = [#s], qwen.kernels = ["qwen_matmul_f32_q8g32_q8_0_1x32x4_avx2"]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
    // expected-error @+1 {{does not run on the module's target}}
    %2 = qwen.linear %q, %w {qwen.split = #c, qwen.slots = [#s], qwen.kernels = ["qwen_matmul_f32_q8g32_q4_0_1x32x4_avx512_vnni"]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
    // expected-error @+1 {{is not for this phase}}
    %3 = qwen.linear %q, %w {qwen.split = #c, qwen.slots = [#s], qwen.kernels = ["qwen_matmul_f32_q8g32_q4_0_4x16x4_avx2"]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
    // expected-error @+1 {{ends in the wrong way: 'qwen_matmul_f32_q8g32_q4_0_1x32x4_avx2_accumulate' fits}}
    %4 = qwen.linear %q, %w residual %x {qwen.split = #c, qwen.slots = [#s], qwen.kernels = ["qwen_matmul_f32_q8g32_q4_0_1x32x4_avx2"]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
    // expected-error @+1 {{it can only be columns in units of 32}}
    %5 = qwen.linear %q, %w {qwen.split = #t, qwen.slots = [#s], qwen.kernels = ["qwen_matmul_f32_q8g32_q4_0_1x32x4_avx2"]} : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> -> tensor<?x64xf32>
    // expected-error @+1 {{it can only be tokens or replicated}}
    %6 = qwen.add %x, %x {qwen.split = #h, qwen.slots = [#s]} : tensor<?x64xf32>
    // expected-error @+1 {{it can only be as the attention before it}}
    %7 = qwen.quantize %x {qwen.split = #h, qwen.slots = [#s]} : tensor<?x64xf32> -> !qwen.q8<?x64>
    // expected-error @+1 {{needs 1 slots, not 2}}
    %8 = qwen.add %x, %x {qwen.split = #t, qwen.slots = [#s, #s]} : tensor<?x64xf32>
    // expected-error @+1 {{inside the shared arena of 512 bytes}}
    %9 = qwen.add %x, %x {qwen.split = #t, qwen.slots = [#qwen.slot<shared, 320, rows = 1>]} : tensor<?x64xf32>
    return
  }
}
