// RUN: %python %S/Inputs/tiny_model.py 2 > %t.graph.mlir
// RUN: qwen-opt %t.graph.mlir --qwen-fusion -o %t.fused.mlir
// RUN: qwen-opt %t.fused.mlir --qwen-schedule -o %t.scheduled.mlir
// RUN: qwen-opt %t.scheduled.mlir --qwen-lowering -o %t.llvm.mlir
//
// Each level is text that can be read back: by one command or by three, the
// result is the same.
// RUN: qwen-opt %t.graph.mlir --qwen-fusion --qwen-schedule --qwen-lowering -o %t.once.mlir
// RUN: diff %t.llvm.mlir %t.once.mlir
// RUN: qwen-opt %t.scheduled.mlir | diff %t.scheduled.mlir -
//
// RUN: FileCheck %s --check-prefix=FUSED --implicit-check-not=qwen.dequantize < %t.fused.mlir
// RUN: sed -n "/@decode/,/return/p" %t.scheduled.mlir | \
// RUN:   FileCheck %s --check-prefix=DECODE --implicit-check-not=qwen.barrier
// RUN: sed -n '/@prefill/,/return/p' %t.scheduled.mlir | \
// RUN:   FileCheck %s --check-prefix=PREFILL --implicit-check-not=qwen.barrier
//
// Code does not grow with depth: 2 and 20 layers give the same number of lines,
// and the same calls.
// RUN: %python %S/Inputs/tiny_model.py 20 | \
// RUN:   qwen-opt --qwen-fusion --qwen-schedule --qwen-lowering -o %t.deep.mlir
// RUN: wc -l < %t.llvm.mlir > %t.lines
// RUN: wc -l < %t.deep.mlir > %t.deep-lines
// RUN: diff %t.lines %t.deep-lines
// RUN: grep -c "llvm.call" %t.llvm.mlir > %t.calls
// RUN: grep -c "llvm.call" %t.deep.mlir > %t.deep-calls
// RUN: diff %t.calls %t.deep-calls
// RUN: FileCheck %s --check-prefix=DEEP < %t.deep.mlir
// DEEP: qwen.barriers_per_token = 101 : i64

// Eight operations a layer; all that graph level had is in them.
// FUSED: ^bb0(
// FUSED: qwen.norm_quantize
// FUSED: qwen.qkv_project
// FUSED: qwen.attention
// FUSED: qwen.quantize
// FUSED: qwen.linear {{.*}} residual
// FUSED: qwen.norm_quantize
// FUSED: qwen.gate_up
// FUSED: qwen.linear {{.*}} residual
// FUSED-NEXT: qwen.yield
// FUSED: qwen.norm_quantize
// FUSED-NEXT: qwen.linear
// FUSED-NEXT: return

// Five barriers in a layer of a decode step, one after the last.
// DECODE: ^bb0(
// DECODE: qwen.barrier
// DECODE-NEXT: qwen.norm_quantize
// DECODE: qwen.qkv_project
// DECODE-NEXT: qwen.barrier
// DECODE-NEXT: qwen.attention
// DECODE: qwen.quantize
// DECODE-NEXT: qwen.barrier
// DECODE-NEXT: qwen.linear
// DECODE: qwen.barrier
// DECODE-NEXT: qwen.norm_quantize
// DECODE: qwen.gate_up
// DECODE-NEXT: qwen.barrier
// DECODE-NEXT: qwen.linear
// DECODE-NEXT: qwen.yield
// DECODE: qwen.barrier
// DECODE-NEXT: qwen.norm_quantize
// DECODE-NEXT: qwen.linear
// DECODE-NEXT: return

// Attention of the last layer and what follows it are for rows with logits.
// PREFILL: ^bb0(
// PREFILL-COUNT-2: qwen.barrier
// PREFILL: qwen.trim_last_layer
// PREFILL-NEXT: qwen.barrier
// PREFILL-NEXT: qwen.attention
// PREFILL-COUNT-5: qwen.barrier
// PREFILL: qwen.yield
// PREFILL-COUNT-2: qwen.barrier
// PREFILL: return
