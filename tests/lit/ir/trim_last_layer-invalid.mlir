// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f() {
  // expected-error @+1 {{expects parent op 'qwen.layers'}}
  qwen.trim_last_layer
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    // expected-error @+1 {{stands before the cache is written, which later steps read whole}}
    qwen.trim_last_layer
    %kv = qwen.kv_store %h, %h : tensor<?x32xf32> -> !qwen.kv<2x16>
    %a = qwen.attention %h, %kv : tensor<?x32xf32>, !qwen.kv<2x16>
    qwen.yield %a : tensor<?x32xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    // expected-error @+1 {{stands twice in a layer}}
    qwen.trim_last_layer
    %a = qwen.add %h, %h : tensor<?x32xf32>
    qwen.trim_last_layer
    qwen.yield %a : tensor<?x32xf32>
  }
  return
}
