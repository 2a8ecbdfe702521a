// RUN: qwen-opt %s -split-input-file -verify-diagnostics

// expected-note @+1 {{see existing symbol definition here}}
qwen.tensor @w at 0 : !qwen.weight<8, f32>
// expected-error @+1 {{redefinition of symbol named 'w'}}
qwen.tensor @w at 32 : !qwen.weight<8, f32>

// -----

// expected-error @+1 {{failed to satisfy constraint: type attribute of a tensor of the model file}}
qwen.tensor @w at 0 : tensor<8xf32>
