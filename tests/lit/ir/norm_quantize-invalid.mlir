// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x64xf32>, %w: !qwen.weight<32, f32>) {
  // expected-error @+1 {{the norm's weight must have 64 elements, not '!qwen.weight<32, f32>'}}
  %q = qwen.norm_quantize %x, %w eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<32, f32> -> !qwen.q8<?x64>
  return
}

// -----

func.func @f(%x: tensor<?x64xf32>, %w: !qwen.weight<64, f32>) {
  // expected-error @+1 {{keeps its 64 columns}}
  %q = qwen.norm_quantize %x, %w eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x32>
  return
}
