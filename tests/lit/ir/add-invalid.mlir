// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x8xf32>, %a: tensor<?x4xf32>) {
  // expected-error @+1 {{failed to verify that all of {lhs, rhs, output} have same type}}
  %y = "qwen.add"(%x, %a) : (tensor<?x8xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  return
}
