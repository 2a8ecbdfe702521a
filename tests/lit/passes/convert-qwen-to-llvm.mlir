// RUN: %python %S/Inputs/tiny_model.py 2 | qwen-opt --qwen-fusion --qwen-schedule \
// RUN:   --qwen-convert-to-llvm -o %t.mlir
// RUN: FileCheck %s --implicit-check-not=qwen.layer --implicit-check-not=qwen.tensor < %t.mlir
// RUN: FileCheck %s --check-prefix=DECODE < %t.mlir
//
// Every call by name is one of a kernel, whatever the phase.
// RUN: grep "llvm.call @" %t.mlir | FileCheck %s --check-prefix=CALLS --implicit-check-not=@{{[^q]}}
// Calls by pointer: of barriers, five in the body, two where threads outnumber
// heads, and one after it, and of marks.
// RUN: sed -n '/@qwen_decode(/,$p' %t.mlir | grep "llvm.call %" > %t.pointers
// RUN: grep -c "!llvm.ptr, (!llvm.ptr, i32) -> ()" %t.pointers | FileCheck %s --check-prefix=BARRIERS
// RUN: not grep -v "!llvm.ptr, (!llvm.ptr, i32\(, i32\)\?) -> ()" %t.pointers
// BARRIERS: {{^8$}}
//
// It is code that LLVM takes: nothing but llvm, arith and scf.
// RUN: qwen-opt %t.mlir | FileCheck %s --check-prefix=DIALECTS --implicit-check-not=func.func \
// RUN:   --implicit-check-not=builtin.unrealized
// RUN: not qwen-opt %s --qwen-convert-to-llvm 2>&1 | FileCheck %s --check-prefix=ERROR

// Five barriers a layer and one before the head.
// CHECK: module attributes {{{.*}}qwen.barriers_per_token = 11 : i64
// Operations of all layers are listed once, with how often they run.
// CHECK-SAME: qwen.operations = [{executions = 1 : i64, {{.*}}name = "embed token_embd.weight"
// CHECK-SAME: {executions = 2 : i64, {{.*}}name = "{{[^"]*}}ffn_down.weight"

// Kernels are declared with the facts that make them, weights of layers are
// tables of one offset a layer.
// CHECK-DAG: llvm.func @qwen_embedding_f32_q8_0_avx2({{.*}} attributes {qwen.kernel = "qwen_embedding_f32_q8_0_avx2"}
// CHECK-DAG: llvm.func @qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2({{.*}} attributes {qwen.kernel = "qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2"}
// CHECK-DAG: llvm.func @qwen_norm_quantize_width64_eps1p00em05({{.*}} -> i32 attributes {qwen.halide = {eps = 1.000000e-05 : f64, kind = "norm_quantize", width = 64 : i64}}
// CHECK-DAG: llvm.mlir.global internal constant @qwen_offsets.attn_q.weight(dense<[{{[0-9]+, [0-9]+}}]> : tensor<2xi64>)
// CHECK-DAG: llvm.mlir.global internal constant @qwen_offsets.ffn_down.weight(dense<[{{[0-9]+, [0-9]+}}]> : tensor<2xi64>)

// CHECK: llvm.func @qwen_prefill(%{{.*}}: !llvm.ptr, %{{.*}}: i32) {
// CHECK: llvm.call @qwen_embedding_f32_q8_0_avx2(
// CHECK: scf.for
// Heads are drawn from a counter of the layer, by whichever thread is free.
// CHECK: llvm.atomicrmw add %[[COUNTER:.*]], %{{.*}} monotonic
// CHECK-NEXT: arith.extui
// CHECK-NEXT: scf.while
// CHECK: llvm.call @qwen_matmul_f32_q8g32_q4_0_{{[0-9]+}}x{{[0-9]+}}x4_avx2(
// CHECK: llvm.atomicrmw add %[[COUNTER]], %{{.*}} monotonic
// In the last of the two layers, all from attention on is for the rows from
// step->logit_begin (at 52), if there are any.
// CHECK: %[[LAST:.*]] = arith.constant 1 : i64
// CHECK-NEXT: %[[ISLAST:.*]] = arith.cmpi eq, %{{.*}}, %[[LAST]] : i64
// CHECK-NEXT: arith.constant 52 : i64
// CHECK: %[[BEGIN:.*]] = arith.extsi
// CHECK-NEXT: %[[FIRST:.*]] = arith.select %[[ISLAST]], %[[BEGIN]], %
// CHECK-NEXT: %[[ANY:.*]] = arith.cmpi slt, %[[FIRST]], %[[COUNT:.*]] : i64
// CHECK-NEXT: scf.if %[[ANY]] {
// CHECK: arith.subi %[[COUNT]], %[[FIRST]]
// CHECK: llvm.call @qwen_attention_prefill_head_dim16_rows16(
// CHECK: llvm.return
// CHECK-NEXT: }

// One loop over the layers, whose body is there once.
// DECODE: llvm.func @qwen_decode(%[[STEP:.*]]: !llvm.ptr, %[[THREAD:.*]]: i32) {
// DECODE: llvm.call @qwen_embedding_f32_q8_0_avx2(
// DECODE: %[[LAYERS:.*]] = arith.constant 2 : i64
// DECODE: scf.for %[[LAYER:.*]] = %{{.*}} to %[[LAYERS]] step
// What begins is marked if a profiler listens: step->mark(profiler, thread, op).
// DECODE: %[[O80:.*]] = arith.constant 80 : i64
// DECODE-NEXT: %[[F80:.*]] = llvm.getelementptr %[[STEP]][%[[O80]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
// DECODE-NEXT: %[[MARK:.*]] = llvm.load %[[F80]] : !llvm.ptr -> !llvm.ptr
// DECODE: llvm.icmp "ne" %[[MARK]],
// DECODE-NEXT: scf.if
// DECODE: llvm.call %[[MARK]](%{{.*}}) : !llvm.ptr, (!llvm.ptr, i32, i32) -> ()
// DECODE-NEXT: }
// A barrier: step->barrier(step->pool, thread), fields at 64 and 72 of QwenStep.
// DECODE-NEXT: %[[O64:.*]] = arith.constant 64 : i64
// DECODE-NEXT: %[[F64:.*]] = llvm.getelementptr %[[STEP]][%[[O64]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
// DECODE-NEXT: %[[BARRIER:.*]] = llvm.load %[[F64]] : !llvm.ptr -> !llvm.ptr
// DECODE-NEXT: %[[O72:.*]] = arith.constant 72 : i64
// DECODE-NEXT: %[[F72:.*]] = llvm.getelementptr %[[STEP]][%[[O72]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
// DECODE-NEXT: %[[POOL:.*]] = llvm.load %[[F72]] : !llvm.ptr -> !llvm.ptr
// DECODE-NEXT: %[[T:.*]] = arith.trunci
// DECODE-NEXT: llvm.call %[[BARRIER]](%[[POOL]], %[[T]]) : !llvm.ptr, (!llvm.ptr, i32) -> ()
// DECODE: llvm.mlir.addressof @qwen_offsets.attn_norm.weight
// DECODE-NEXT: llvm.getelementptr %{{.*}}[%[[LAYER]]] : (!llvm.ptr, i64) -> !llvm.ptr, i64
// DECODE: llvm.call @qwen_norm_quantize_width64_eps1p00em05(
// DECODE: llvm.mlir.addressof @qwen_offsets.attn_q.weight
// DECODE: llvm.call @qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2(
// DECODE: llvm.call @qwen_rope{{[a-z0-9_]*}}(
// DECODE: llvm.mlir.addressof @qwen_offsets.attn_k.weight
// DECODE: llvm.call @qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2(
// DECODE: llvm.call @qwen_rope_k_store{{[a-z0-9_]*}}(
// DECODE: llvm.call @qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2(
// DECODE: llvm.call @qwen_v_store{{[a-z0-9_]*}}(
// DECODE: llvm.call @qwen_attention_decode_head_dim16_rows2(
// DECODE: llvm.call @qwen_quantize(
// DECODE: llvm.call @qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2_accumulate(
// DECODE: llvm.call @qwen_norm_quantize_width64_eps1p00em05(
// DECODE: llvm.call @qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2(
// DECODE: llvm.call @qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2(
// DECODE: llvm.call @qwen_swiglu_quantize(
// DECODE: llvm.call @qwen_matmul_f32_q8g32_q4_0_1x16x4_avx2_accumulate(
// After the loop: the norm and the head, if any logits are wanted.
// DECODE: scf.if
// DECODE: llvm.call @qwen_norm_quantize_width64_eps1p00em05(
// DECODE: llvm.call @qwen_matmul_f32_q8g32_q8_0_1x16x4_avx2(
// DECODE: llvm.call @qwen_argmax(
// DECODE-NOT: llvm.call @
// DECODE: llvm.return
// DECODE-NEXT: }

// CALLS: llvm.call @qwen_embedding
// DIALECTS: llvm.func @qwen_prefill
// DIALECTS: llvm.func @qwen_decode

// What is not scheduled is refused, with what is missing.
// ERROR: error: a scheduled module has the attribute qwen.model
module {
  func.func @decode() attributes {qwen.phase = "decode"} {
    return
  }
}
