// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%h: tensor<?x192xf32>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x96, q4_0>, %s: tensor<?x64xf32>) {
  // expected-error @+1 {{a quantised weight takes !qwen.q8 activations, not 'tensor<?x192xf32>'}}
  %y = qwen.expert_down %h, %r, %w residual %s : tensor<?x192xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, q4_0> residual tensor<?x64xf32>
  return
}

// -----

func.func @f(%h: !qwen.q8<?x192>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x192, q4_0>, %s: tensor<?x64xf32>) {
  // expected-error @+1 {{rows of 96 do not fit rows of '!qwen.weight<8x64x192, q4_0>'}}
  %y = qwen.expert_down %h, %r, %w residual %s : !qwen.q8<?x192>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x192, q4_0> residual tensor<?x64xf32>
  return
}

// -----

func.func @f(%h: !qwen.q8<?x192>, %r: !qwen.routes<?x2, 8>, %w: !qwen.weight<8x64x96, q4_0>, %s: tensor<?x96xf32>) {
  // expected-error @+1 {{gives 64 columns, not 96}}
  %y = qwen.expert_down %h, %r, %w residual %s : !qwen.q8<?x192>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, q4_0> residual tensor<?x96xf32>
  return
}
