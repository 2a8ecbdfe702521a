// RUN: qwen-opt %s --qwen-fuse-rms-norm --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @norm_then_quantize(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !qwen.weight<64, f32>)
func.func @norm_then_quantize(%x: tensor<?x64xf32>, %w: !qwen.weight<64, f32>) -> !qwen.q8<?x64> {
  // CHECK-NEXT: %[[Q:.*]] = qwen.norm_quantize %[[X]], %[[W]] eps 1.000000e-05 : tensor<?x64xf32>, <64, f32> -> <?x64>
  // CHECK-NEXT: return %[[Q]]
  %n = qwen.rms_norm %x, %w eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32>
  %q = qwen.quantize %n : tensor<?x64xf32> -> !qwen.q8<?x64>
  return %q : !qwen.q8<?x64>
}

// The float result has another reader (an F16 weight beside a quantised one):
// both forms are made.
// CHECK-LABEL: func.func @both_forms(
func.func @both_forms(%x: tensor<?x64xf32>, %w: !qwen.weight<64, f32>)
    -> (tensor<?x64xf32>, !qwen.q8<?x64>) {
  // CHECK: qwen.rms_norm
  // CHECK: qwen.norm_quantize
  %n = qwen.rms_norm %x, %w eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32>
  %q = qwen.quantize %n : tensor<?x64xf32> -> !qwen.q8<?x64>
  return %n, %q : tensor<?x64xf32>, !qwen.q8<?x64>
}

// What is quantised is no norm.
// CHECK-LABEL: func.func @no_norm(
func.func @no_norm(%x: tensor<?x64xf32>) -> !qwen.q8<?x64> {
  // CHECK-NEXT: %[[A:.*]] = qwen.add
  // CHECK-NEXT: qwen.quantize %[[A]]
  %a = qwen.add %x, %x : tensor<?x64xf32>
  %q = qwen.quantize %a : tensor<?x64xf32> -> !qwen.q8<?x64>
  return %q : !qwen.q8<?x64>
}

// A norm of heads is another operation, with rows of its own.
// CHECK-LABEL: func.func @head_norm(
func.func @head_norm(%x: tensor<?x64xf32>, %w: !qwen.weight<16, f32>) -> !qwen.q8<?x64> {
  // CHECK: qwen.head_norm
  // CHECK-NEXT: qwen.quantize
  %n = qwen.head_norm %x, %w eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<16, f32>
  %q = qwen.quantize %n : tensor<?x64xf32> -> !qwen.q8<?x64>
  return %q : !qwen.q8<?x64>
}
