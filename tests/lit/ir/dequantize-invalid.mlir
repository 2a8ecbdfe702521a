// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%w: !qwen.weight<64x32, q8_0>) {
  // expected-error @+1 {{keeps the shape of '!qwen.weight<64x32, q8_0>'}}
  %f = qwen.dequantize %w : !qwen.weight<64x32, q8_0> -> tensor<32x64xf32>
  return
}

// -----

func.func @f(%w: !qwen.weight<64x32, q8_0>) {
  // expected-error @+1 {{keeps the shape of '!qwen.weight<64x32, q8_0>'}}
  %f = qwen.dequantize %w : !qwen.weight<64x32, q8_0> -> tensor<?x32xf32>
  return
}
