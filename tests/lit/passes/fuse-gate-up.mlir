// RUN: qwen-opt %s --qwen-fuse-gate-up --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @quantised(
// CHECK-SAME: %[[X:.*]]: !qwen.q8<?x64>, %[[G:.*]]: !qwen.weight<96x64, q4_0>, %[[U:.*]]: !qwen.weight<96x64, q4_1>)
func.func @quantised(%x: !qwen.q8<?x64>, %g: !qwen.weight<96x64, q4_0>,
    %u: !qwen.weight<96x64, q4_1>) -> !qwen.q8<?x96> {
  // CHECK-NEXT: %[[H:.*]] = qwen.gate_up %[[X]], %[[G]], %[[U]] : !qwen.q8<?x64>, <96x64, q4_0>, <96x64, q4_1> -> !qwen.q8<?x96>
  // CHECK-NEXT: return %[[H]]
  %0 = qwen.linear %x, %g : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  %1 = qwen.linear %x, %u : !qwen.q8<?x64>, !qwen.weight<96x64, q4_1> -> tensor<?x96xf32>
  %2 = qwen.swiglu %0, %1 : tensor<?x96xf32>
  %3 = qwen.quantize %2 : tensor<?x96xf32> -> !qwen.q8<?x96>
  return %3 : !qwen.q8<?x96>
}

// Down is a float weight: the result stays fp32.
// CHECK-LABEL: func.func @floats(
func.func @floats(%x: tensor<?x64xf32>, %g: !qwen.weight<96x64, f16>,
    %u: !qwen.weight<96x64, f16>) -> tensor<?x96xf32> {
  // CHECK-NEXT: qwen.gate_up {{.*}} -> tensor<?x96xf32>
  // CHECK-NEXT: return
  %0 = qwen.linear %x, %g : tensor<?x64xf32>, !qwen.weight<96x64, f16> -> tensor<?x96xf32>
  %1 = qwen.linear %x, %u : tensor<?x64xf32>, !qwen.weight<96x64, f16> -> tensor<?x96xf32>
  %2 = qwen.swiglu %0, %1 : tensor<?x96xf32>
  return %2 : tensor<?x96xf32>
}

// The product has a second reader, which needs it as fp32.
// CHECK-LABEL: func.func @two_readers(
func.func @two_readers(%x: tensor<?x64xf32>, %g: !qwen.weight<96x64, f16>,
    %u: !qwen.weight<96x64, f16>) -> (tensor<?x96xf32>, !qwen.q8<?x96>) {
  // CHECK: %[[H:.*]] = qwen.gate_up {{.*}} -> tensor<?x96xf32>
  // CHECK-NEXT: qwen.quantize %[[H]]
  %0 = qwen.linear %x, %g : tensor<?x64xf32>, !qwen.weight<96x64, f16> -> tensor<?x96xf32>
  %1 = qwen.linear %x, %u : tensor<?x64xf32>, !qwen.weight<96x64, f16> -> tensor<?x96xf32>
  %2 = qwen.swiglu %0, %1 : tensor<?x96xf32>
  %3 = qwen.quantize %2 : tensor<?x96xf32> -> !qwen.q8<?x96>
  return %2, %3 : tensor<?x96xf32>, !qwen.q8<?x96>
}

// Gate and up read different forms of the row (one weight is float): no single
// operation has both.
// CHECK-LABEL: func.func @different_inputs(
func.func @different_inputs(%x: tensor<?x64xf32>, %q: !qwen.q8<?x64>,
    %g: !qwen.weight<96x64, f16>, %u: !qwen.weight<96x64, q4_0>) -> tensor<?x96xf32> {
  // CHECK-COUNT-2: qwen.linear
  // CHECK: qwen.swiglu
  %0 = qwen.linear %x, %g : tensor<?x64xf32>, !qwen.weight<96x64, f16> -> tensor<?x96xf32>
  %1 = qwen.linear %q, %u : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
  %2 = qwen.swiglu %0, %1 : tensor<?x96xf32>
  return %2 : tensor<?x96xf32>
}

// gate_up has no place for a bias.
// CHECK-LABEL: func.func @bias(
func.func @bias(%x: tensor<?x64xf32>, %g: !qwen.weight<96x64, f16>,
    %u: !qwen.weight<96x64, f16>, %b: !qwen.weight<96, f32>) -> tensor<?x96xf32> {
  // CHECK-COUNT-2: qwen.linear
  // CHECK: qwen.swiglu
  %0 = qwen.linear %x, %g bias %b : tensor<?x64xf32>, !qwen.weight<96x64, f16> bias !qwen.weight<96, f32> -> tensor<?x96xf32>
  %1 = qwen.linear %x, %u : tensor<?x64xf32>, !qwen.weight<96x64, f16> -> tensor<?x96xf32>
  %2 = qwen.swiglu %0, %1 : tensor<?x96xf32>
  return %2 : tensor<?x96xf32>
}
