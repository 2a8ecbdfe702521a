// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{failed to verify that all of {input, output} have same type}}
  %y = "qwen.logit_rows"(%x) : (tensor<?x8xf32>) -> tensor<?x4xf32>
  return
}
