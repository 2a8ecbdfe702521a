// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{expects parent op 'qwen.layers'}}
  qwen.yield %x : tensor<?x32xf32>
}
