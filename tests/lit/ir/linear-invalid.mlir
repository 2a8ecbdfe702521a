// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%q: !qwen.q8<?x32>, %w: !qwen.weight<96x64, q4_0>) {
  // expected-error @+1 {{rows of '!qwen.q8<?x32>' do not fit rows of '!qwen.weight<96x64, q4_0>'}}
  %y = qwen.linear %q, %w : !qwen.q8<?x32>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  return
}

// -----

func.func @f(%q: !qwen.q8<?x64>, %w: !qwen.weight<64, q8_0>) {
  // expected-error @+1 {{rows of '!qwen.q8<?x64>' do not fit rows of '!qwen.weight<64, q8_0>'}}
  %y = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<64, q8_0> -> tensor<?x96xf32>
  return
}

// -----

func.func @f(%x: tensor<?x64xf32>, %w: !qwen.weight<96x64, q4_0>) {
  // expected-error @+1 {{a quantised weight takes !qwen.q8 activations, not 'tensor<?x64xf32>'}}
  %y = qwen.linear %x, %w : tensor<?x64xf32>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  return
}

// -----

func.func @f(%q: !qwen.q8<?x128, 64>, %w: !qwen.weight<96x128, w4g128>) {
  // expected-error @+1 {{'!qwen.weight<96x128, w4g128>' takes activations in groups of 128, not '!qwen.q8<?x128, 64>'}}
  %y = qwen.linear %q, %w : !qwen.q8<?x128, 64>, !qwen.weight<96x128, w4g128> -> tensor<?x96xf32>
  return
}

// -----

func.func @f(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, f16>) {
  // expected-error @+1 {{a float weight takes fp32 activations, not '!qwen.q8<?x64>'}}
  %y = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<96x64, f16> -> tensor<?x96xf32>
  return
}

// -----

func.func @f(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>) {
  // expected-error @+1 {{gives 96 columns, not 64}}
  %y = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x64xf32>
  return
}

// -----

func.func @f(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>, %b: !qwen.weight<96, f32>, %x: tensor<?x96xf32>) {
  // expected-error @+1 {{has a bias or a residual, not both}}
  %y = qwen.linear %q, %w bias %b residual %x : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> bias !qwen.weight<96, f32> residual tensor<?x96xf32> -> tensor<?x96xf32>
  return
}

// -----

func.func @f(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>, %b: !qwen.weight<64, f32>) {
  // expected-error @+1 {{the bias must have 96 elements, not '!qwen.weight<64, f32>'}}
  %y = qwen.linear %q, %w bias %b : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> bias !qwen.weight<64, f32> -> tensor<?x96xf32>
  return
}

// -----

func.func @f(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>, %b: !qwen.weight<96x1, f32>) {
  // expected-error @+1 {{the bias must have 96 elements, not '!qwen.weight<96x1, f32>'}}
  %y = qwen.linear %q, %w bias %b : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> bias !qwen.weight<96x1, f32> -> tensor<?x96xf32>
  return
}

// -----

func.func @f(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>, %x: tensor<4x96xf32>) {
  // expected-error @+1 {{the residual has the type of the result}}
  %y = qwen.linear %q, %w residual %x : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> residual tensor<4x96xf32> -> tensor<?x96xf32>
  return
}
