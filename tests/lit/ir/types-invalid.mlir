// RUN: qwen-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{a weight has one to three dimensions, not 4}}
func.func private @f(!qwen.weight<2x3x4x5, f32>)

// -----

// expected-error @+1 {{the dimensions of a weight are positive}}
func.func private @f(!qwen.weight<8x0, f32>)

// -----

// expected-error @+1 {{rows of q4_0 are blocks of 32 elements, not 48}}
func.func private @f(!qwen.weight<8x48, q4_0>)

// -----

// expected-error @+1 {{rows of q8_0 are blocks of 32 elements, not 33}}
func.func private @f(!qwen.weight<33, q8_0>)

// -----

// expected-error @+1 {{rows of q6_k are blocks of 256 elements, not 128}}
func.func private @f(!qwen.weight<8x128, q6_k>)

// -----

// expected-error @+1 {{rows of iq4_xs are blocks of 256 elements, not 288}}
func.func private @f(!qwen.weight<8x288, iq4_xs>)

// -----

// expected-error @+1 {{rows of mxfp4 are blocks of 32 elements, not 48}}
func.func private @f(!qwen.weight<8x48, mxfp4>)

// -----

// expected-error @+1 {{rows of w4g128 are blocks of 128 elements, not 192}}
func.func private @f(!qwen.weight<8x192, w4g128>)

// -----

// expected-error @+1 {{expected static shape}}
func.func private @f(!qwen.weight<?x8, f32>)

// -----

// expected-error @+2 {{failed to parse Qwen_Weight parameter 'format'}}
// expected-error @+1 {{expected ::qwenc::ir::Format to be one of: f32, f16, bf16, q4_0, q4_1, q8_0, q6_k, q4_k, q5_k, q5_0, q5_1, iq4_nl, iq4_xs, q3_k, q2_k, mxfp4, w4g64, w4g128, w4g64a, w4g128a, w8}}
func.func private @f(!qwen.weight<8x8, q9_0>)

// -----

// expected-error @+1 {{expected '?xN', N columns}}
func.func private @f(!qwen.q8<576>)

// -----

// expected-error @+1 {{expected '?xN', N columns}}
func.func private @f(!qwen.q8<4x576>)

// -----

// expected-error @+1 {{expected '?xN', N columns}}
func.func private @f(!qwen.q8<?x?>)

// -----

// expected-error @+1 {{quantised activations are groups of 32 columns, not 48}}
func.func private @f(!qwen.q8<?x48>)

// -----

// expected-error @+1 {{quantised activations are groups of 32 columns, not 0}}
func.func private @f(!qwen.q8<?x0>)

// -----

// expected-error @+1 {{quantised activations are groups of 128 columns, not 576}}
func.func private @f(!qwen.q8<?x576, 128>)

// -----

// expected-error @+1 {{groups of quantised activations have 32, 64 or 128 columns, not 96}}
func.func private @f(!qwen.q8<?x576, 96>)

// -----

// expected-error @+1 {{expected 'HxD', H heads of D elements}}
func.func private @f(!qwen.kv<64>)

// -----

// expected-error @+1 {{expected 'HxD', H heads of D elements}}
func.func private @f(!qwen.kv<2x3x4>)

// -----

// expected-error @+1 {{a KV cache has at least one head of at least one element}}
func.func private @f(!qwen.kv<0x64>)

// -----

// expected-error @+1 {{a KV cache has at least one head of at least one element}}
func.func private @f(!qwen.kv<2x0>)

// -----

// expected-error-re @+2 {{expected {{.*}}KVFormat to be one of: f16, q8}}
// expected-error @+1 {{failed to parse Qwen_KV parameter 'format'}}
func.func private @f(!qwen.kv<2x64, q5>)
