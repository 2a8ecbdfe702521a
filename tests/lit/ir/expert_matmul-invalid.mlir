// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x64xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<4x96x64, f32>) {
  // expected-error @+1 {{expects a matrix for each of 8 experts, not '!qwen.weight<4x96x64, f32>'}}
  %h = qwen.expert_matmul %x, %r, %w : tensor<?x64xf32>, !qwen.routes<?x2, 8>, !qwen.weight<4x96x64, f32> -> tensor<?x192xf32>
  return
}

// -----

func.func @f(%x: tensor<?x64xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<96x64, f32>) {
  // expected-error @+1 {{expects a matrix for each of 8 experts, not '!qwen.weight<96x64, f32>'}}
  %h = qwen.expert_matmul %x, %r, %w : tensor<?x64xf32>, !qwen.routes<?x2, 8>, !qwen.weight<96x64, f32> -> tensor<?x192xf32>
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x96x64, f32>) {
  // expected-error @+1 {{rows of 32 do not fit rows of '!qwen.weight<8x96x64, f32>'}}
  %h = qwen.expert_matmul %x, %r, %w : tensor<?x32xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, f32> -> tensor<?x192xf32>
  return
}

// -----

func.func @f(%x: tensor<?x64xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x96x64, f32>) {
  // expected-error @+1 {{gives 192 columns, not 96}}
  %h = qwen.expert_matmul %x, %r, %w : tensor<?x64xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, f32> -> tensor<?x96xf32>
  return
}
