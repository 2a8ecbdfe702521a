// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x2048xf32>, %w: !qwen.weight<96, f32>) {
  // expected-error @+1 {{the row is not a number of heads as long as '!qwen.weight<96, f32>'}}
  %n = qwen.head_norm %x, %w eps 1.0e-6 : tensor<?x2048xf32>, !qwen.weight<96, f32>
  return
}

// -----

func.func @f(%x: tensor<?x2048xf32>, %w: !qwen.weight<128x128, f32>) {
  // expected-error @+1 {{the row is not a number of heads as long as '!qwen.weight<128x128, f32>'}}
  %n = qwen.head_norm %x, %w eps 1.0e-6 : tensor<?x2048xf32>, !qwen.weight<128x128, f32>
  return
}
