// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x576xf32>, %w: !qwen.weight<64, f32>) {
  // expected-error @+1 {{the norm's weight must have 576 elements, not '!qwen.weight<64, f32>'}}
  %n = qwen.rms_norm %x, %w eps 1.0e-5 : tensor<?x576xf32>, !qwen.weight<64, f32>
  return
}

// -----

func.func @f(%x: tensor<?x576xf32>, %w: !qwen.weight<576x576, f32>) {
  // expected-error @+1 {{the norm's weight must have 576 elements, not '!qwen.weight<576x576, f32>'}}
  %n = qwen.rms_norm %x, %w eps 1.0e-5 : tensor<?x576xf32>, !qwen.weight<576x576, f32>
  return
}

// -----

func.func @f(%x: tensor<576xf32>, %w: !qwen.weight<576, f32>) {
  // expected-error @+1 {{operand #0 must be rows of fp32 values (tensor<?xNxf32>)}}
  %n = qwen.rms_norm %x, %w eps 1.0e-5 : tensor<576xf32>, !qwen.weight<576, f32>
  return
}
