// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x576xf32>) {
  // expected-error @+1 {{keeps its 576 columns}}
  %q = qwen.quantize %x : tensor<?x576xf32> -> !qwen.q8<?x544>
  return
}
