// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Every format, one to three dimensions.
// CHECK: func.func private @weights(
// CHECK-SAME: !qwen.weight<32, f32>, !qwen.weight<8x32, f32>, !qwen.weight<8x31, f16>,
// CHECK-SAME: !qwen.weight<8x31, bf16>, !qwen.weight<8x32, q4_0>, !qwen.weight<8x64, q4_1>,
// CHECK-SAME: !qwen.weight<8x96, q8_0>, !qwen.weight<8x512, q6_k>, !qwen.weight<8x256, q4_k>,
// CHECK-SAME: !qwen.weight<8x256, q5_k>, !qwen.weight<8x32, q5_0>, !qwen.weight<8x32, q5_1>,
// CHECK-SAME: !qwen.weight<8x32, iq4_nl>, !qwen.weight<8x256, iq4_xs>, !qwen.weight<8x256, q3_k>,
// CHECK-SAME: !qwen.weight<8x256, q2_k>, !qwen.weight<8x32, mxfp4>, !qwen.weight<8x64, w4g64>,
// CHECK-SAME: !qwen.weight<8x128, w4g128>, !qwen.weight<8x64, w4g64a>, !qwen.weight<8x128, w4g128a>,
// CHECK-SAME: !qwen.weight<8x96, w8>, !qwen.weight<4x8x32, q4_0>)
func.func private @weights(
    !qwen.weight<32, f32>, !qwen.weight<8x32, f32>, !qwen.weight<8x31, f16>,
    !qwen.weight<8x31, bf16>, !qwen.weight<8x32, q4_0>, !qwen.weight<8x64, q4_1>,
    !qwen.weight<8x96, q8_0>, !qwen.weight<8x512, q6_k>, !qwen.weight<8x256, q4_k>,
    !qwen.weight<8x256, q5_k>, !qwen.weight<8x32, q5_0>, !qwen.weight<8x32, q5_1>,
    !qwen.weight<8x32, iq4_nl>, !qwen.weight<8x256, iq4_xs>, !qwen.weight<8x256, q3_k>,
    !qwen.weight<8x256, q2_k>, !qwen.weight<8x32, mxfp4>, !qwen.weight<8x64, w4g64>,
    !qwen.weight<8x128, w4g128>, !qwen.weight<8x64, w4g64a>, !qwen.weight<8x128, w4g128a>,
    !qwen.weight<8x96, w8>, !qwen.weight<4x8x32, q4_0>)

// Groups of 32, and a cache of halves, are what they are if nothing is said.
// CHECK: func.func private @activations(!qwen.q8<?x576>, !qwen.q8<?x576>, !qwen.q8<?x896, 128>,
// CHECK-SAME: !qwen.q8<?x512, halves>, !qwen.q8<?x512, 64, halves, scaled>,
// CHECK-SAME: !qwen.kv<3x64>, !qwen.kv<3x64>, !qwen.kv<3x64, q8>)
func.func private @activations(!qwen.q8<?x576>, !qwen.q8<?x576, 32>, !qwen.q8<?x896, 128>,
    !qwen.q8<?x512, halves>, !qwen.q8<?x512, 64, scaled, halves>,
    !qwen.kv<3x64>, !qwen.kv<3x64, f16>, !qwen.kv<3x64, q8>)

// CHECK: func.func private @routes(!qwen.routes<?x4, 60>)
func.func private @routes(!qwen.routes<?x4, 60>)
