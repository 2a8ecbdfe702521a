// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x64xf32>, %w: tensor<32x16xf32>) {
  // expected-error @+1 {{rows of 'tensor<?x64xf32>' do not fit rows of 'tensor<32x16xf32>'}}
  %y = qwen.matmul %x, %w : tensor<?x64xf32>, tensor<32x16xf32> -> tensor<?x32xf32>
  return
}

// -----

func.func @f(%x: tensor<?x64xf32>, %w: tensor<32x64xf32>) {
  // expected-error @+1 {{gives 32 columns}}
  %y = qwen.matmul %x, %w : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x64xf32>
  return
}
