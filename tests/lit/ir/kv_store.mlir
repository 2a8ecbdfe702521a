// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Keys and values have one type, the cache has heads and their length.

// CHECK-LABEL: func.func @f(
func.func @f(%k: tensor<?x192xf32>, %v: tensor<?x192xf32>) {
  // CHECK: qwen.kv_store %{{.*}}, %{{.*}} : tensor<?x192xf32> -> <3x64>
  %kv = qwen.kv_store %k, %v : tensor<?x192xf32> -> !qwen.kv<3x64>
  return
}
