// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: !qwen.q8<?x64>, %g: !qwen.weight<96x64, q4_0>, %u: !qwen.weight<64x64, q4_0>) {
  // expected-error @+1 {{gives 64 columns, not 96}}
  %h = qwen.gate_up %x, %g, %u : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<64x64, q4_0> -> !qwen.q8<?x96>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %g: !qwen.weight<96x32, q4_0>, %u: !qwen.weight<96x64, q4_0>) {
  // expected-error @+1 {{rows of '!qwen.q8<?x64>' do not fit rows of '!qwen.weight<96x32, q4_0>'}}
  %h = qwen.gate_up %x, %g, %u : !qwen.q8<?x64>, !qwen.weight<96x32, q4_0>, !qwen.weight<96x64, q4_0> -> !qwen.q8<?x96>
  return
}

// -----

func.func @f(%x: !qwen.q8<?x64>, %g: !qwen.weight<96x64, q4_0>, %u: !qwen.weight<96x64, bf16>) {
  // expected-error @+1 {{a float weight takes fp32 activations, not '!qwen.q8<?x64>'}}
  %h = qwen.gate_up %x, %g, %u : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<96x64, bf16> -> !qwen.q8<?x96>
  return
}
