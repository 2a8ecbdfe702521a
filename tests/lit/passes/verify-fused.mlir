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
