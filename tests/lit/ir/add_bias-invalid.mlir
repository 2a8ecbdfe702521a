// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x576xf32>, %b: !qwen.weight<64, f32>) {
  // expected-error @+1 {{the bias must have 576 elements, not '!qwen.weight<64, f32>'}}
  %y = qwen.add_bias %x, %b : tensor<?x576xf32>, !qwen.weight<64, f32>
  return
}
