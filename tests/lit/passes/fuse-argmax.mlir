// RUN: qwen-opt %s --qwen-fuse-argmax | FileCheck %s

// The logits of the one token of a decode step; the projection before them is none.

// CHECK-LABEL: func.func @decode(
func.func @decode(%q: !qwen.q8<?x64>, %r: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>)
    -> tensor<?x96xf32> attributes {qwen.phase = "decode"} {
  // CHECK-NEXT: %[[X:.*]] = qwen.linear %{{.*}}, %{{.*}} :
  // CHECK-NEXT: %[[Y:.*]] = qwen.linear %{{.*}}, %{{.*}} residual %[[X]] argmax :
  // CHECK-NEXT: return %[[Y]]
  %x = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  %y = qwen.linear %r, %w residual %x : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> residual tensor<?x96xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// CHECK-LABEL: func.func @prefill(
// CHECK-NOT: argmax
func.func @prefill(%q: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>)
    -> tensor<?x96xf32> attributes {qwen.phase = "prefill"} {
  %y = qwen.linear %q, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
