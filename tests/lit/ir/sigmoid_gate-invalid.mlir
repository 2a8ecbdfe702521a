// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%h: tensor<?x96xf32>, %x: tensor<?x64xf32>, %w: !qwen.weight<96, f32>) {
  // expected-error @+1 {{the gate must have 64 elements, not '!qwen.weight<96, f32>'}}
  %y = qwen.sigmoid_gate %h, %x, %w : tensor<?x96xf32>, tensor<?x64xf32>, !qwen.weight<96, f32>
  return
}

// -----

func.func @f(%h: tensor<?x96xf32>, %x: tensor<?x64xf32>, %w: !qwen.weight<1x64, f32>) {
  // expected-error @+1 {{the gate must have 64 elements, not '!qwen.weight<1x64, f32>'}}
  %y = qwen.sigmoid_gate %h, %x, %w : tensor<?x96xf32>, tensor<?x64xf32>, !qwen.weight<1x64, f32>
  return
}
