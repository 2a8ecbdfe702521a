// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%k: tensor<?x192xf32>, %v: tensor<?x192xf32>) {
  // expected-error @+1 {{keys and values for '!qwen.kv<2x64>' have 128 columns}}
  %kv = qwen.kv_store %k, %v : tensor<?x192xf32> -> !qwen.kv<2x64>
  return
}
