// RUN: qwen-opt %s --qwen-select-tile-sizes -split-input-file -verify-diagnostics | FileCheck %s

// Decode computes one token (1x32xK), prefill tiles of the class's shape; the
// epilogue follows from bias and residual.
module attributes {qwen.target = #qwen.target<cpu = "x86-64-v3", triple = "x86_64-linux-gnu",
    kernel_class = "avx2", features = "", l1_bytes = 32768, l2_bytes = 524288>} {
  // CHECK-LABEL: func.func @decode(
  func.func @decode(%x: !qwen.q8<?x64>, %f: tensor<?x64xf32>, %r: tensor<?x96xf32>,
      %w4: !qwen.weight<96x64, q4_0>, %w8: !qwen.weight<96x64, q8_0>,
      %wb: !qwen.weight<96x64, bf16>, %b: !qwen.weight<96, f32>) attributes {qwen.phase = "decode"} {
    // CHECK: qwen.linear {{.*}} {qwen.kernels = ["qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2"]}
    %0 = qwen.linear %x, %w4 : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
    // CHECK: qwen.linear {{.*}} {qwen.kernels = ["qwen_matmul_f32_q8g32_q8_0_1x16x4_avx2_bias"]}
    %1 = qwen.linear %x, %w8 bias %b : !qwen.q8<?x64>, !qwen.weight<96x64, q8_0> bias !qwen.weight<96, f32> -> tensor<?x96xf32>
    // CHECK: qwen.linear {{.*}} {qwen.kernels = ["qwen_matmul_f32_f32_bf16_1x32x1_avx2_accumulate"]}
    %2 = qwen.linear %f, %wb residual %r : tensor<?x64xf32>, !qwen.weight<96x64, bf16> residual tensor<?x96xf32> -> tensor<?x96xf32>
    return
  }
  // CHECK-LABEL: func.func @prefill(
  func.func @prefill(%x: !qwen.q8<?x64>, %r: tensor<?x96xf32>, %w4: !qwen.weight<96x64, q4_0>,
      %w8: !qwen.weight<96x64, q8_0>, %wk: !qwen.weight<32x64, q4_0>,
      %b: !qwen.weight<96, f32>, %bk: !qwen.weight<32, f32>) attributes {qwen.phase = "prefill"} {
    // Gate and up have formats of their own.
    // CHECK: qwen.gate_up {{.*}} {qwen.kernels = ["qwen_matmul_f32_q8g32_q4_0_4x16x4_avx2", "qwen_matmul_f32_q8g32_q8_0_4x16x4_avx2"]}
    %0 = qwen.gate_up %x, %w4, %w8 : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<96x64, q8_0> -> !qwen.q8<?x96>
    // Three weights, three kernels.
    // CHECK: qwen.qkv_project {{.*}} {qwen.kernels = ["qwen_matmul_f32_q8g32_q4_0_4x16x4_avx2_bias", "qwen_matmul_f32_q8g32_q4_0_4x16x4_avx2_bias", "qwen_matmul_f32_q8g32_q4_0_4x16x4_avx2_bias"]}
    %q, %kv = qwen.qkv_project %x, %w4, %wk, %wk bias %b, %bk, %bk halves head_dim 16
        : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<32x64, q4_0>, !qwen.weight<32x64, q4_0>
          bias !qwen.weight<96, f32>, !qwen.weight<32, f32>, !qwen.weight<32, f32>
        -> tensor<?x96xf32>, !qwen.kv<2x16>
    // What has no weight matrix has no kernel here.
    // CHECK: qwen.add %{{[^ ]*}}, %{{[^ ]*}} : tensor<?x96xf32>
    %1 = qwen.add %r, %r : tensor<?x96xf32>
    return
  }
}

// -----

module attributes {qwen.target = #qwen.target<cpu = "cortex-a76", triple = "aarch64-linux-gnu",
    kernel_class = "neon_dotprod", features = "", l1_bytes = 65536, l2_bytes = 262144>} {
  func.func @prefill(%x: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_1>) attributes {qwen.phase = "prefill"} {
    // CHECK: "qwen_matmul_f32_q8g32_q4_1_{{[0-9]+}}x{{[0-9]+}}x4_neon_dotprod"
    %0 = qwen.linear %x, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_1> -> tensor<?x96xf32>
    return
  }
}

// -----

// expected-error @+1 {{the module has no qwen.target attribute}}
module {
}

// -----

// expected-error @+1 {{no kernels are known for class 'mmx'}}
module attributes {qwen.target = #qwen.target<cpu = "pentium", triple = "x86_64-linux-gnu",
    kernel_class = "mmx", features = "", l1_bytes = 8192, l2_bytes = 0>} {
}
