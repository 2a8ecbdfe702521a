// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f() {
  // expected-error @+1 {{expects parent op 'qwen.layers'}}
  %w = qwen.layer_weight "ffn_norm.weight" : !qwen.weight<32, f32>
  return
}

// -----

// Layer 1 runs the body too and lacks the tensor.
qwen.tensor @blk.0.ffn_norm.weight at 0 : !qwen.weight<32, f32>
func.func @f(%x: tensor<?x32xf32>) {
  %y = qwen.layers %x order [0, 0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    // expected-error @+1 {{no qwen.tensor is named 'blk.1.ffn_norm.weight'}}
    %w = qwen.layer_weight "ffn_norm.weight" : !qwen.weight<32, f32>
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}

// -----

qwen.tensor @blk.0.ffn_norm.weight at 0 : !qwen.weight<32, f32>
// expected-note @+1 {{it is '!qwen.weight<32, f16>'}}
qwen.tensor @blk.1.ffn_norm.weight at 128 : !qwen.weight<32, f16>
func.func @f(%x: tensor<?x32xf32>) {
  %y = qwen.layers %x order [0, 0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    // expected-error @+1 {{expects 'blk.1.ffn_norm.weight' to be '!qwen.weight<32, f32>'}}
    %w = qwen.layer_weight "ffn_norm.weight" : !qwen.weight<32, f32>
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}
