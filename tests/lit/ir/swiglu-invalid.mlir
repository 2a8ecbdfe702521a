// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%g: tensor<?x8xf32>, %u: tensor<?x4xf32>) {
  // expected-error @+1 {{failed to verify that all of {gate, up, output} have same type}}
  %h = "qwen.swiglu"(%g, %u) : (tensor<?x8xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  return
}
