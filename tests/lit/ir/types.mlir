// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Every format, one and two dimensions.
// CHECK: func.func private @weights(
// CHECK-SAME: !qwen.weight<32, f32>, !qwen.weight<8x32, f32>, !qwen.weight<8x31, f16>,
// CHECK-SAME: !qwen.weight<8x31, bf16>, !qwen.weight<8x32, q4_0>, !qwen.weight<8x64, q4_1>,
// CHECK-SAME: !qwen.weight<8x96, q8_0>, !qwen.weight<8x512, q6_k>)
func.func private @weights(
    !qwen.weight<32, f32>, !qwen.weight<8x32, f32>, !qwen.weight<8x31, f16>,
    !qwen.weight<8x31, bf16>, !qwen.weight<8x32, q4_0>, !qwen.weight<8x64, q4_1>,
    !qwen.weight<8x96, q8_0>, !qwen.weight<8x512, q6_k>)

// A cache of halves is what a cache is if nothing is said.
// CHECK: func.func private @activations(!qwen.q8<?x576>, !qwen.kv<3x64>, !qwen.kv<3x64>,
// CHECK-SAME: !qwen.kv<3x64, q8>)
func.func private @activations(!qwen.q8<?x576>, !qwen.kv<3x64>, !qwen.kv<3x64, f16>,
    !qwen.kv<3x64, q8>)
