// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: !qwen.q8<?x64>, %r: !qwen.routes<?x2, 8>, %g: !qwen.weight<8x96x64, q4_0>, %u: !qwen.weight<8x96x64, f16>) {
  // expected-error @+1 {{a float weight takes fp32 activations, not '!qwen.q8<?x64>'}}
  %h = qwen.expert_gate_up %x, %r, %g, %u : !qwen.q8<?x64>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, q4_0>, !qwen.weight<8x96x64, f16> -> !qwen.q8<?x192>
  return
}

// -----

func.func @f(%x: tensor<?x64xf32>, %r: !qwen.routes<?x2, 8>, %g: !qwen.weight<8x96x64, q4_0>, %u: !qwen.weight<8x96x64, q4_0>) {
  // expected-error @+1 {{a quantised weight takes !qwen.q8 activations, not 'tensor<?x64xf32>'}}
  %h = qwen.expert_gate_up %x, %r, %g, %u : tensor<?x64xf32>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, q4_0>, !qwen.weight<8x96x64, q4_0> -> !qwen.q8<?x192>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %r: !qwen.routes<?x2, 8>, %g: !qwen.weight<8x96x64, q4_0>, %u: !qwen.weight<8x64x64, q4_0>) {
  // expected-error @+1 {{gives 128 columns, not 192}}
  %h = qwen.expert_gate_up %x, %r, %g, %u : !qwen.q8<?x64>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, q4_0>, !qwen.weight<8x64x64, q4_0> -> !qwen.q8<?x192>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %r: !qwen.routes<?x2, 8>, %g: !qwen.weight<8x96x64, q4_0>, %u: !qwen.weight<7x96x64, q4_0>) {
  // expected-error @+1 {{expects a matrix for each of 8 experts, not '!qwen.weight<7x96x64, q4_0>'}}
  %h = qwen.expert_gate_up %x, %r, %g, %u : !qwen.q8<?x64>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, q4_0>, !qwen.weight<7x96x64, q4_0> -> !qwen.q8<?x192>
  return
}
