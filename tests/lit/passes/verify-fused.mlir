// RUN: qwen-opt %s --qwen-verify-fused -split-input-file -verify-diagnostics

// All else has code, fused or not.
func.func @f(%x: tensor<?x64xf32>, %w: !qwen.weight<64x64, f16>) -> tensor<?x64xf32> {
  %y = qwen.linear %x, %w : tensor<?x64xf32>, !qwen.weight<64x64, f16> -> tensor<?x64xf32>
  %r = qwen.rope %y halves head_dim 16 : tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// -----

func.func @f(%w: !qwen.weight<64x64, f16>) -> tensor<64x64xf32> {
  // expected-error @+1 {{'qwen.dequantize' op has no code: run qwen-fuse-dequant-matmul}}
  %f = qwen.dequantize %w : !qwen.weight<64x64, f16> -> tensor<64x64xf32>
  return %f : tensor<64x64xf32>
}

// -----

func.func @f(%x: tensor<?x64xf32>, %f: tensor<64x64xf32>) -> tensor<?x64xf32> {
  // expected-error @+1 {{'qwen.matmul' op has no code: run qwen-fuse-dequant-matmul}}
  %y = qwen.matmul %x, %f : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

func.func @f(%x: tensor<?x64xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x96x64, f16>) {
  // expected-error @+1 {{'qwen.expert_matmul' op has no code: run qwen-fuse-experts}}
  %y = qwen.expert_matmul %x, %r, %w : tensor<?x64xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, f16> -> tensor<?x192xf32>
  return
}

// -----

func.func @f(%x: tensor<?x192xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x96, f16>) {
  // expected-error @+1 {{'qwen.expert_sum' op has no code: run qwen-fuse-experts}}
  %y = qwen.expert_sum %x, %r, %w : tensor<?x192xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, f16> -> tensor<?x64xf32>
  return
}
