// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%l: tensor<?x9xf32>) {
  // expected-error @+1 {{has 9 logits for '!qwen.routes<?x2, 8>'}}
  %r = qwen.top_experts %l : tensor<?x9xf32> -> !qwen.routes<?x2, 8>
  return
}

// -----

// expected-error @+1 {{a token goes to 1 to 8 of its experts, not 9}}
func.func private @f(!qwen.routes<?x9, 8>)

// -----

// expected-error @+1 {{a token goes to 1 to 8 of its experts, not 0}}
func.func private @f(!qwen.routes<?x0, 8>)
