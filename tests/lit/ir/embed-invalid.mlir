// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%t: tensor<?xi32>, %w: !qwen.weight<8x576, q4_1>) {
  // expected-error @+1 {{a row of '!qwen.weight<8x576, q4_1>' is not a row of 'tensor<?x64xf32>'}}
  %x = qwen.embed %t, %w : tensor<?xi32>, !qwen.weight<8x576, q4_1> -> tensor<?x64xf32>
  return
}

// -----

func.func @f(%t: tensor<?xi32>, %w: !qwen.weight<64, f32>) {
  // expected-error @+1 {{a row of '!qwen.weight<64, f32>' is not a row of 'tensor<?x64xf32>'}}
  %x = qwen.embed %t, %w : tensor<?xi32>, !qwen.weight<64, f32> -> tensor<?x64xf32>
  return
}

// -----

func.func @f(%t: tensor<?xi64>, %w: !qwen.weight<8x64, f32>) {
  // expected-error @+1 {{operand #0 must be 1D tensor of 32-bit signless integer values, but got 'tensor<?xi64>'}}
  %x = qwen.embed %t, %w : tensor<?xi64>, !qwen.weight<8x64, f32> -> tensor<?x64xf32>
  return
}
