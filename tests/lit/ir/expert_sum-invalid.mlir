// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%h: tensor<?x193xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x96, f32>) {
  // expected-error @+1 {{a row of 193 columns is not the results of 2 experts}}
  %y = qwen.expert_sum %h, %r, %w : tensor<?x193xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, f32> -> tensor<?x64xf32>
  return
}

// -----

func.func @f(%h: tensor<?x192xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x192, f32>) {
  // expected-error @+1 {{rows of 96 do not fit rows of '!qwen.weight<8x64x192, f32>'}}
  %y = qwen.expert_sum %h, %r, %w : tensor<?x192xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x192, f32> -> tensor<?x64xf32>
  return
}

// -----

func.func @f(%h: tensor<?x192xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x96, f32>) {
  // expected-error @+1 {{gives 64 columns, not 128}}
  %y = qwen.expert_sum %h, %r, %w : tensor<?x192xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, f32> -> tensor<?x128xf32>
  return
}
