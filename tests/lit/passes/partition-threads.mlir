// RUN: qwen-opt %s --qwen-partition-threads | FileCheck %s --implicit-check-not=qwen.barrier

// A decode layer: five barriers. Every thread makes the whole normalised row for
// itself (`replicate`), which saves a barrier after it.

// CHECK-LABEL: func.func @decode(
func.func @decode(%tokens: tensor<?xi32>, %e: !qwen.weight<40x64, q8_0>, %n: !qwen.weight<64, f32>,
    %wq: !qwen.weight<64x64, q4_0>, %wk: !qwen.weight<32x64, q4_0>, %wg: !qwen.weight<96x64, q4_0>,
    %wd: !qwen.weight<64x96, q4_0>) -> tensor<?x40xf32> attributes {qwen.phase = "decode"} {
  // One token: one thread decodes its row.
  // CHECK: qwen.embed {{.*}} {qwen.split = #qwen.split<tokens, 1>}
  %x = qwen.embed %tokens, %e : tensor<?xi32>, !qwen.weight<40x64, q8_0> -> tensor<?x64xf32>
  %y = qwen.layers %x order [0, 0] : tensor<?x64xf32> {
  ^bb0(%h: tensor<?x64xf32>):
    // 1: the stream was written by all threads, in columns, and is read whole.
    // CHECK: qwen.barrier
    // CHECK-NEXT: qwen.norm_quantize {{.*}} {qwen.split = #qwen.split<replicate, 1>}
    %q8 = qwen.norm_quantize %h, %n eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
    // Two heads of 16 fill a panel of 32 rows.
    // CHECK-NEXT: qwen.qkv_project {{.*}} {qwen.split = #qwen.split<heads, 2>}
    %q, %kv = qwen.qkv_project %q8, %wq, %wk, %wk halves head_dim 16
        : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0>, !qwen.weight<32x64, q4_0>, !qwen.weight<32x64, q4_0>
        -> tensor<?x64xf32>, !qwen.kv<2x16>
    // 2: K and V of a head come from other threads than Q.
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.attention {{.*}} {qwen.split = #qwen.split<heads, 2>}
    %a = qwen.attention %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
    // The thread quantises the heads that it made.
    // CHECK-NEXT: qwen.quantize {{.*}} {qwen.split = #qwen.split<heads, 2>}
    %a8 = qwen.quantize %a : tensor<?x64xf32> -> !qwen.q8<?x64>
    // 3: the projection reads all heads.
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.linear {{.*}} {qwen.split = #qwen.split<columns, 32>}
    %r = qwen.linear %a8, %wq residual %h : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
    // 4: the norm reads all columns of the stream.
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.norm_quantize {{.*}} {qwen.split = #qwen.split<replicate, 1>}
    %f8 = qwen.norm_quantize %r, %n eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
    // CHECK-NEXT: qwen.gate_up {{.*}} {qwen.split = #qwen.split<columns, 32>}
    %g8 = qwen.gate_up %f8, %wg, %wg : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<96x64, q4_0> -> !qwen.q8<?x96>
    // 5: the same split, but a projection reads all columns of its input.
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.linear {{.*}} {qwen.split = #qwen.split<columns, 32>}
    %z = qwen.linear %g8, %wd residual %r : !qwen.q8<?x96>, !qwen.weight<64x96, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
    // CHECK-NEXT: qwen.yield
    qwen.yield %z : tensor<?x64xf32>
  }
  // After the last layer, and none between the replicated norm and the head. A
  // view is neither split nor a reader.
  // CHECK: qwen.logit_rows %{{[^ ]*}} : tensor<?x64xf32>
  // CHECK-NEXT: qwen.barrier
  // CHECK-NEXT: qwen.norm_quantize {{.*}} {qwen.split = #qwen.split<replicate, 1>}
  // CHECK-NEXT: qwen.linear {{.*}} {qwen.split = #qwen.split<columns, 32>}
  %l = qwen.logit_rows %y : tensor<?x64xf32>
  %l8 = qwen.norm_quantize %l, %n eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
  %logits = qwen.linear %l8, %e : !qwen.q8<?x64>, !qwen.weight<40x64, q8_0> -> tensor<?x40xf32>
  return %logits : tensor<?x40xf32>
}

// After qwen.trim_last_layer a thread may have other rows than before: what it
// wrote itself by the same split is no longer known to be its own.
// CHECK-LABEL: func.func @trimmed(
func.func @trimmed(%x: tensor<?x32xf32>) -> tensor<?x32xf32> attributes {qwen.phase = "prefill"} {
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    // CHECK: qwen.barrier
    // CHECK-NEXT: qwen.rope {{.*}} {qwen.split = #qwen.split<tokens, 1>}
    // CHECK-NEXT: qwen.rope {{.*}} {qwen.split = #qwen.split<tokens, 1>}
    // CHECK-NEXT: qwen.trim_last_layer
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.rope {{.*}} {qwen.split = #qwen.split<tokens, 1>}
    %a = qwen.rope %h halves head_dim 16 : tensor<?x32xf32>
    %b = qwen.rope %a halves head_dim 16 : tensor<?x32xf32>
    qwen.trim_last_layer
    %c = qwen.rope %b halves head_dim 16 : tensor<?x32xf32>
    qwen.yield %c : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// Threads quantise what they made only where it is whole groups.
// CHECK-LABEL: func.func @long_groups(
func.func @long_groups(%h: tensor<?x256xf32>, %n: !qwen.weight<256, f32>,
    %wq: !qwen.weight<256x256, w4g128>, %wk: !qwen.weight<64x256, w4g128>,
    %wg: !qwen.weight<384x256, w4g128>) -> (!qwen.q8<?x256, 128>, !qwen.q8<?x384, 128>)
    attributes {qwen.phase = "decode"} {
  %q8 = qwen.norm_quantize %h, %n eps 1.0e-5
      : tensor<?x256xf32>, !qwen.weight<256, f32> -> !qwen.q8<?x256, 128>
  %q, %kv = qwen.qkv_project %q8, %wq, %wk, %wk halves head_dim 64
      : !qwen.q8<?x256, 128>, !qwen.weight<256x256, w4g128>, !qwen.weight<64x256, w4g128>, !qwen.weight<64x256, w4g128>
      -> tensor<?x256xf32>, !qwen.kv<1x64>
  // CHECK: qwen.barrier
  // CHECK-NEXT: qwen.attention {{.*}} {qwen.split = #qwen.split<heads, 1>}
  %a = qwen.attention %q, %kv : tensor<?x256xf32>, !qwen.kv<1x64>
  // CHECK-NEXT: qwen.barrier
  // CHECK-NEXT: qwen.quantize {{.*}} {qwen.split = #qwen.split<replicate, 1>}
  %a8 = qwen.quantize %a : tensor<?x256xf32> -> !qwen.q8<?x256, 128>
  // CHECK-NEXT: qwen.gate_up {{.*}} {qwen.split = #qwen.split<columns, 128>}
  %g8 = qwen.gate_up %q8, %wg, %wg : !qwen.q8<?x256, 128>, !qwen.weight<384x256, w4g128>, !qwen.weight<384x256, w4g128> -> !qwen.q8<?x384, 128>
  return %a8, %g8 : !qwen.q8<?x256, 128>, !qwen.q8<?x384, 128>
}

// A unit of gate and up in a prefill: 128 columns, fewer where there would be less than
// 24 units, whole panels, and whole groups of the result.

// CHECK-LABEL: func.func @gate_up_units(
func.func @gate_up_units(%x: !qwen.q8<?x64>, %wide: !qwen.weight<4864x64, q4_0>,
    %small: !qwen.weight<2304x64, q4_0>, %narrow: !qwen.weight<96x64, q4_0>,
    %y: !qwen.q8<?x128, 64>, %long: !qwen.weight<1216x128, w4g64>)
    -> (!qwen.q8<?x4864>, !qwen.q8<?x2304>, !qwen.q8<?x96>, !qwen.q8<?x1216, 64>)
    attributes {qwen.phase = "prefill"} {
  // CHECK: qwen.gate_up {{.*}} {qwen.split = #qwen.split<columns, 128, dynamic>}
  %a = qwen.gate_up %x, %wide, %wide : !qwen.q8<?x64>, !qwen.weight<4864x64, q4_0>, !qwen.weight<4864x64, q4_0> -> !qwen.q8<?x4864>
  // CHECK-NEXT: qwen.gate_up {{.*}} {qwen.split = #qwen.split<columns, 96, dynamic>}
  %b = qwen.gate_up %x, %small, %small : !qwen.q8<?x64>, !qwen.weight<2304x64, q4_0>, !qwen.weight<2304x64, q4_0> -> !qwen.q8<?x2304>
  // CHECK-NEXT: qwen.gate_up {{.*}} {qwen.split = #qwen.split<columns, 32, dynamic>}
  %c = qwen.gate_up %x, %narrow, %narrow : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<96x64, q4_0> -> !qwen.q8<?x96>
  // CHECK-NEXT: qwen.gate_up {{.*}} {qwen.split = #qwen.split<columns, 64, dynamic>}
  %d = qwen.gate_up %y, %long, %long : !qwen.q8<?x128, 64>, !qwen.weight<1216x128, w4g64>, !qwen.weight<1216x128, w4g64> -> !qwen.q8<?x1216, 64>
  return %a, %b, %c, %d : !qwen.q8<?x4864>, !qwen.q8<?x2304>, !qwen.q8<?x96>, !qwen.q8<?x1216, 64>
}

// Prefill shares norms by tokens instead of repeating them, and attention by
// heads and blocks of 16 tokens. Large units are drawn by whichever thread is free.

// CHECK-LABEL: func.func @prefill(
func.func @prefill(%x: tensor<?x64xf32>, %n: !qwen.weight<64, f32>, %wq: !qwen.weight<64x64, q4_0>,
    %wk: !qwen.weight<32x64, q4_0>) attributes {qwen.phase = "prefill"} {
  %y = qwen.layers %x order [0] : tensor<?x64xf32> {
  ^bb0(%h: tensor<?x64xf32>):
    // CHECK: qwen.barrier
    // CHECK-NEXT: qwen.norm_quantize {{.*}} {qwen.split = #qwen.split<tokens, 1>}
    %q8 = qwen.norm_quantize %h, %n eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.qkv_project {{.*}} {qwen.split = #qwen.split<heads, 2, dynamic>}
    %q, %kv = qwen.qkv_project %q8, %wq, %wk, %wk halves head_dim 16
        : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0>, !qwen.weight<32x64, q4_0>, !qwen.weight<32x64, q4_0>
        -> tensor<?x64xf32>, !qwen.kv<2x16>
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.attention {{.*}} {qwen.split = #qwen.split<heads, 1, tokens = 16, dynamic>}
    %a = qwen.attention %q, %kv : tensor<?x64xf32>, !qwen.kv<2x16>
    // Nobody knows which thread made a head.
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.quantize {{.*}} {qwen.split = #qwen.split<tokens, 1>}
    %a8 = qwen.quantize %a : tensor<?x64xf32> -> !qwen.q8<?x64>
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.linear {{.*}} {qwen.split = #qwen.split<columns, 32, dynamic>}
    %r = qwen.linear %a8, %wq residual %h : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
    qwen.yield %r : tensor<?x64xf32>
  }
  return
}

// Operations by tokens read the rows that their own thread wrote: no barrier.

// CHECK-LABEL: func.func @same_split(
func.func @same_split(%x: tensor<?x64xf32>, %b: !qwen.weight<64, f32>) attributes {qwen.phase = "prefill"} {
  // CHECK: qwen.add_bias {{.*}} {qwen.split = #qwen.split<tokens, 1>}
  %0 = qwen.add_bias %x, %b : tensor<?x64xf32>, !qwen.weight<64, f32>
  // CHECK-NEXT: qwen.rope {{.*}} {qwen.split = #qwen.split<tokens, 1>}
  %1 = qwen.rope %0 halves head_dim 16 : tensor<?x64xf32>
  // CHECK-NEXT: qwen.add {{.*}} {qwen.split = #qwen.split<tokens, 1>}
  %2 = qwen.add %1, %0 : tensor<?x64xf32>
  // CHECK-NEXT: qwen.quantize {{.*}} {qwen.split = #qwen.split<tokens, 1>}
  %3 = qwen.quantize %2 : tensor<?x64xf32> -> !qwen.q8<?x64>
  return
}

// Whole heads of 64 are whole groups: in decode, which splits statically, their
// quantisation needs no barrier.

// CHECK-LABEL: func.func @whole_heads(
func.func @whole_heads(%q: tensor<?x256xf32>, %kv: !qwen.kv<2x64>) attributes {qwen.phase = "decode"} {
  // CHECK: qwen.attention {{.*}} {qwen.split = #qwen.split<heads, 1>}
  %0 = qwen.attention %q, %kv : tensor<?x256xf32>, !qwen.kv<2x64>
  // CHECK-NEXT: qwen.quantize {{.*}} {qwen.split = #qwen.split<heads, 1>}
  %1 = qwen.quantize %0 : tensor<?x256xf32> -> !qwen.q8<?x256>
  return
}

// A head of many rows is drawn in larger pieces: some 256 of them.

// CHECK-LABEL: func.func @many_rows(
func.func @many_rows(%x: !qwen.q8<?x64>, %w: !qwen.weight<151936x64, q4_0>) attributes {qwen.phase = "prefill"} {
  // CHECK: qwen.linear {{.*}} {qwen.split = #qwen.split<columns, 576, dynamic>}
  %0 = qwen.linear %x, %w : !qwen.q8<?x64>, !qwen.weight<151936x64, q4_0> -> tensor<?x151936xf32>
  return
}

// Every thread makes the row for itself from the stream, and may still be reading
// it when another is ready to add its columns in place: a barrier, although what
// the projection reads is the thread's own.

// CHECK-LABEL: func.func @overwrite(
func.func @overwrite(%x: tensor<?x64xf32>, %n: !qwen.weight<64, f32>, %w: !qwen.weight<64x64, q4_0>)
    attributes {qwen.phase = "decode"} {
  // CHECK: qwen.norm_quantize {{.*}} {qwen.split = #qwen.split<replicate, 1>}
  %q8 = qwen.norm_quantize %x, %n eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
  // CHECK-NEXT: qwen.barrier
  // CHECK-NEXT: qwen.linear {{.*}} {qwen.split = #qwen.split<columns, 32>}
  %y = qwen.linear %q8, %w residual %x : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
  // A later addition by the same split needs none.
  // CHECK-NEXT: qwen.linear {{.*}} {qwen.split = #qwen.split<columns, 32>}
  %z = qwen.linear %q8, %w residual %y : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
  return
}

// The same split, but a projection reads all columns of its input.
// CHECK-LABEL: func.func @overwrite_input(
func.func @overwrite_input(%x: tensor<?x64xf32>, %w: !qwen.weight<64x64, f16>, %q8: !qwen.q8<?x64>,
    %v: !qwen.weight<64x64, q4_0>) attributes {qwen.phase = "decode"} {
  // CHECK: qwen.linear
  %y = qwen.linear %x, %w : tensor<?x64xf32>, !qwen.weight<64x64, f16> -> tensor<?x64xf32>
  // CHECK-NEXT: qwen.barrier
  // CHECK-NEXT: qwen.linear
  %z = qwen.linear %q8, %v residual %x : !qwen.q8<?x64>, !qwen.weight<64x64, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
  return
}

// Not a step: left alone.
// CHECK-LABEL: func.func @other(
// CHECK-NOT: qwen.split
func.func @other(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = qwen.add %x, %x : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Experts of a decode step with a shared one: three barriers. The routes, as all
// that is small, are made by every thread for itself.
// CHECK-LABEL: func.func @experts_decode(
func.func @experts_decode(%s: tensor<?x64xf32>, %n: !qwen.weight<64, f32>,
    %router: !qwen.weight<8x64, f32>, %wg: !qwen.weight<8x96x64, q4_0>,
    %wd: !qwen.weight<8x64x96, q4_0>, %sg: !qwen.weight<96x64, q4_0>,
    %sd: !qwen.weight<64x96, q4_0>, %gate: !qwen.weight<64, f32>) attributes {qwen.phase = "decode"} {
  %z = qwen.layers %s order [0] : tensor<?x64xf32> {
  ^bb0(%h: tensor<?x64xf32>):
    // CHECK: qwen.barrier
    // CHECK-NEXT: qwen.rms_norm {{.*}}<replicate, 1>
    // CHECK-NEXT: qwen.norm_quantize {{.*}}<replicate, 1>
    // CHECK-NEXT: qwen.linear {{.*}}<columns, 32>
    // CHECK-NEXT: qwen.gate_up {{.*}}<columns, 32>
    %x = qwen.rms_norm %h, %n eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32>
    %q = qwen.norm_quantize %h, %n eps 1.0e-5 : tensor<?x64xf32>, !qwen.weight<64, f32> -> !qwen.q8<?x64>
    %l = qwen.linear %x, %router : tensor<?x64xf32>, !qwen.weight<8x64, f32> -> tensor<?x8xf32>
    %sh = qwen.gate_up %q, %sg, %sg : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
    // All logits are read, and the whole hidden row.
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.top_experts {{.*}}<replicate, 1>
    // CHECK-NEXT: qwen.sigmoid_gate {{.*}}<replicate, 1>
    // CHECK-NEXT: qwen.quantize {{.*}}<replicate, 1>
    // CHECK-NEXT: qwen.linear {{.*}}<columns, 32>
    // CHECK-NEXT: qwen.expert_gate_up {{.*}}<experts, 32>
    %r = qwen.top_experts %l : tensor<?x8xf32> -> !qwen.routes<?x2, 8>
    %sg2 = qwen.sigmoid_gate %sh, %x, %gate : tensor<?x96xf32>, tensor<?x64xf32>, !qwen.weight<64, f32>
    %sq = qwen.quantize %sg2 : tensor<?x96xf32> -> !qwen.q8<?x96>
    %t = qwen.linear %sq, %sd residual %h : !qwen.q8<?x96>, !qwen.weight<64x96, q4_0> residual tensor<?x64xf32> -> tensor<?x64xf32>
    %e = qwen.expert_gate_up %q, %r, %wg, %wg : !qwen.q8<?x64>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, q4_0>, !qwen.weight<8x96x64, q4_0> -> !qwen.q8<?x192>
    // An expert's columns come from all threads; of the stream each adds to its own.
    // CHECK-NEXT: qwen.barrier
    // CHECK-NEXT: qwen.expert_down {{.*}}<columns, 32>
    %y = qwen.expert_down %e, %r, %wd residual %t : !qwen.q8<?x192>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, q4_0> residual tensor<?x64xf32>
    qwen.yield %y : tensor<?x64xf32>
  }
  return
}

// A prefill divides the routes by tokens, so the experts wait for them.
// CHECK-LABEL: func.func @experts_prefill(
func.func @experts_prefill(%l: tensor<?x8xf32>, %q: !qwen.q8<?x64>, %s: tensor<?x64xf32>,
    %wg: !qwen.weight<8x96x64, q4_0>, %wd: !qwen.weight<8x64x96, q4_0>) attributes {qwen.phase = "prefill"} {
  // CHECK: qwen.top_experts {{.*}}<tokens, 1>
  // CHECK-NEXT: qwen.barrier
  // CHECK-NEXT: qwen.expert_gate_up {{.*}}<experts, 32>
  // CHECK-NEXT: qwen.barrier
  // CHECK-NEXT: qwen.expert_down {{.*}}<columns, 32>
  %r = qwen.top_experts %l : tensor<?x8xf32> -> !qwen.routes<?x2, 8>
  %e = qwen.expert_gate_up %q, %r, %wg, %wg : !qwen.q8<?x64>, !qwen.routes<?x2, 8>, !qwen.weight<8x96x64, q4_0>, !qwen.weight<8x96x64, q4_0> -> !qwen.q8<?x192>
  %y = qwen.expert_down %e, %r, %wd residual %s : !qwen.q8<?x192>, !qwen.routes<?x2, 8>, !qwen.weight<8x64x96, q4_0> residual tensor<?x64xf32>
  return
}
