// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f() {
  // expected-error @+1 {{no qwen.tensor is named 'output.weight'}}
  %w = qwen.weight @output.weight : !qwen.weight<8x32, q8_0>
  return
}

// -----

// expected-note @+1 {{it is '!qwen.weight<8x32, q4_0>'}}
qwen.tensor @output.weight at 0 : !qwen.weight<8x32, q4_0>
func.func @f() {
  // expected-error @+1 {{expects 'output.weight' to be '!qwen.weight<8x32, q8_0>'}}
  %w = qwen.weight @output.weight : !qwen.weight<8x32, q8_0>
  return
}

// -----

// A function is no tensor.
func.func @f() {
  // expected-error @+1 {{no qwen.tensor is named 'f'}}
  %w = qwen.weight @f : !qwen.weight<8x32, q8_0>
  return
}
