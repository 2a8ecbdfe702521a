// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x60xf32>) {
  // expected-error @+1 {{head_dim must be positive and even, not 15}}
  %r = qwen.rope %x halves head_dim 15 : tensor<?x60xf32>
  return
}

// -----

func.func @f(%x: tensor<?x60xf32>) {
  // expected-error @+1 {{head_dim must be positive and even, not 0}}
  %r = qwen.rope %x halves head_dim 0 : tensor<?x60xf32>
  return
}

// -----

func.func @f(%x: tensor<?x60xf32>) {
  // expected-error @+1 {{head_dim must be positive and even, not -4}}
  %r = qwen.rope %x halves head_dim -4 : tensor<?x60xf32>
  return
}

// -----

func.func @f(%x: tensor<?x60xf32>) {
  // expected-error @+1 {{the row is not a number of heads of 16}}
  %r = qwen.rope %x halves head_dim 16 : tensor<?x60xf32>
  return
}

// -----

func.func @f(%x: tensor<?x64xf16>) {
  // expected-error @+1 {{operand #0 must be rows of fp32 values (tensor<?xNxf32>)}}
  %r = qwen.rope %x halves head_dim 16 : tensor<?x64xf16>
  return
}

// -----

func.func @f(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{operand #0 must be rows of fp32 values (tensor<?xNxf32>)}}
  %r = qwen.rope %x halves head_dim 16 : tensor<?x?xf32>
  return
}

// -----

func.func @f(%x: tensor<64xf32>) {
  // expected-error @+1 {{operand #0 must be rows of fp32 values (tensor<?xNxf32>)}}
  %r = qwen.rope %x halves head_dim 16 : tensor<64xf32>
  return
}

// -----

func.func @f(%x: tensor<*xf32>) {
  // expected-error @+1 {{expected builtin.tensor, but found 'tensor<*xf32>'}}
  %r = qwen.rope %x halves head_dim 16 : tensor<*xf32>
  return
}
