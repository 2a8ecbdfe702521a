// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{requires zero operands}}
  "qwen.barrier"(%x) : (tensor<?x8xf32>) -> ()
  return
}
