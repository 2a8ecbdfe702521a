// RUN: qwen-opt %s --qwen-trim-last-layer | FileCheck %s --implicit-check-not=qwen.trim_last_layer

// Only the body that the last layer runs, and in it only what follows the cache.
// CHECK-LABEL: func.func @prefill(
func.func @prefill(%x: tensor<?x32xf32>) -> tensor<?x32xf32> attributes {qwen.phase = "prefill"} {
  %y = qwen.layers %x order [1, 0, 1, 0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    // CHECK: qwen.kv_store
    // CHECK-NEXT: qwen.trim_last_layer
    // CHECK-NEXT: qwen.attention
    %kv = qwen.kv_store %h, %h : tensor<?x32xf32> -> !qwen.kv<2x16>
    %a = qwen.attention %h, %kv : tensor<?x32xf32>, !qwen.kv<2x16>
    qwen.yield %a : tensor<?x32xf32>
  }, {
  ^bb0(%h: tensor<?x32xf32>):
    // CHECK: qwen.kv_store
    // CHECK-NEXT: qwen.attention
    %kv = qwen.kv_store %h, %h : tensor<?x32xf32> -> !qwen.kv<2x16>
    %a = qwen.attention %h, %kv : tensor<?x32xf32>, !qwen.kv<2x16>
    qwen.yield %a : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// Its one token wants logits.
// CHECK-LABEL: func.func @decode(
func.func @decode(%x: tensor<?x32xf32>) -> tensor<?x32xf32> attributes {qwen.phase = "decode"} {
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    %kv = qwen.kv_store %h, %h : tensor<?x32xf32> -> !qwen.kv<2x16>
    %a = qwen.attention %h, %kv : tensor<?x32xf32>, !qwen.kv<2x16>
    qwen.yield %a : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}
