// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// Query heads are a multiple of the heads of the cache.

// CHECK-LABEL: func.func @grouped(
func.func @grouped(%q: tensor<?x576xf32>, %kv: !qwen.kv<3x64>) {
  // CHECK: qwen.attention %{{.*}}, %{{.*}} : tensor<?x576xf32>, <3x64>
  %a = qwen.attention %q, %kv : tensor<?x576xf32>, !qwen.kv<3x64>
  return
}

// CHECK-LABEL: func.func @one_to_one(
func.func @one_to_one(%q: tensor<?x192xf32>, %kv: !qwen.kv<3x64>) {
  // CHECK: qwen.attention %{{.*}}, %{{.*}} : tensor<?x192xf32>, <3x64>
  %a = qwen.attention %q, %kv : tensor<?x192xf32>, !qwen.kv<3x64>
  return
}
