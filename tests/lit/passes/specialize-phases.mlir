// RUN: qwen-opt %s --qwen-specialize-phases -split-input-file -verify-diagnostics | FileCheck %s
// RUN: qwen-opt %s --qwen-specialize-phases=max-batch=7 -split-input-file -verify-diagnostics \
// RUN:   | FileCheck %s --check-prefix=BATCH

// CHECK: module attributes {qwen.max_batch = 512 : i64}
// BATCH: module attributes {qwen.max_batch = 7 : i64}
module {
  // Two copies of the body, the original is gone.
  // CHECK-NOT: @step
  // CHECK: func.func @prefill(%{{.*}}: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {qwen.phase = "prefill"} {
  // CHECK-NEXT: qwen.add
  // CHECK: func.func @decode(%{{.*}}: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {qwen.phase = "decode"} {
  // CHECK-NEXT: qwen.add
  func.func @step(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
    %y = qwen.add %x, %x : tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
  // Other functions stay.
  // CHECK: func.func private @other()
  // CHECK-NOT: qwen.phase
  func.func private @other()
}

// -----

// expected-error @+1 {{expected a function @step to specialise}}
module {
  func.func private @other()
}
