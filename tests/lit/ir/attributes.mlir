// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// CHECK: module attributes {
// CHECK-SAME: qwen.model = #qwen.model<name = "Tiny", arch = "qwen2", hidden = 32, layers = 1, heads = 2, kv_heads = 1, head_dim = 16, ffn = 64, vocab = 8, context_length = 128, rope_theta = 1.000000e+06 : f64, rope = halves, eps = 1.000000e-05 : f64>
// CHECK-SAME: qwen.rope_tables = #qwen.packed<"rope", offset = 0, bytes = 16448>
// CHECK-SAME: qwen.target = #qwen.target<cpu = "neoverse-n1", triple = "aarch64-linux-gnu", kernel_class = "neon_dotprod", features = "+fp16fml", l1_bytes = 65536, l2_bytes = 1048576>
module attributes {
  qwen.model = #qwen.model<name = "Tiny", arch = "qwen2", hidden = 32, layers = 1, heads = 2,
      kv_heads = 1, head_dim = 16, ffn = 64, vocab = 8, context_length = 128,
      rope_theta = 1.0e6 : f64, rope = halves, eps = 1.0e-5 : f64>,
  qwen.rope_tables = #qwen.packed<"rope", offset = 0, bytes = 16448>,
  qwen.target = #qwen.target<cpu = "neoverse-n1", triple = "aarch64-linux-gnu",
      kernel_class = "neon_dotprod", features = "+fp16fml", l1_bytes = 65536,
      l2_bytes = 1048576>
} {
  // CHECK: func.func private @splits
  // CHECK-SAME: a = #qwen.split<replicate, 1>, b = #qwen.split<tokens, 1>
  // CHECK-SAME: c = #qwen.split<columns, 32>, d = #qwen.split<heads, 1, tokens = 16, dynamic>
  func.func private @splits() attributes {
    a = #qwen.split<replicate, 1>, b = #qwen.split<tokens, 1>,
    c = #qwen.split<columns, 32>, d = #qwen.split<heads, 1, tokens = 16, dynamic>}
  // CHECK: func.func private @slots
  // CHECK-SAME: qwen.slots = [#qwen.slot<shared, 64, rows = 128>, #qwen.slot<thread, 0, rows = 1>]
  func.func private @slots() attributes {
    qwen.slots = [#qwen.slot<shared, 64, rows = 128>, #qwen.slot<thread, 0, rows = 1>]}
  // CHECK: func.func private @rows
  // CHECK-SAME: qwen.row_order = #qwen.row_order<halves, 16>
  func.func private @rows() attributes {qwen.row_order = #qwen.row_order<halves, 16>}
  // CHECK: func.func private @scaled
  // CHECK-SAME: a = #qwen.rope_scaling<factor = 4.000000e+00 : f64, extrapolation = 1.000000e+00 : f64, original_context = 32768, beta_fast = 3.200000e+01 : f64, beta_slow = 1.000000e+00 : f64, attention_factor = 1.000000e+00 : f64>
  // CHECK-SAME: eps = 1.000000e-05 : f64, rope_scaling = <factor = 1.000000e+00 : f64
  // CHECK-SAME: factors = [1.000000e+00, 8.000000e+00]>>
  func.func private @scaled() attributes {
    a = #qwen.rope_scaling<factor = 4.0 : f64, extrapolation = 1.0 : f64, original_context = 32768,
        beta_fast = 32.0 : f64, beta_slow = 1.0 : f64, attention_factor = 1.0 : f64>,
    b = #qwen.model<name = "Tiny", arch = "llama", hidden = 8, layers = 1, heads = 2,
        kv_heads = 1, head_dim = 4, ffn = 64, vocab = 8, context_length = 128,
        rope_theta = 1.0e6 : f64, rope = halves, eps = 1.0e-5 : f64,
        rope_scaling = <factor = 1.0 : f64, extrapolation = 0.0 : f64, original_context = 0,
            beta_fast = 32.0 : f64, beta_slow = 1.0 : f64, attention_factor = 1.0 : f64,
            factors = [1.0, 8.0]>>}
}
