// RUN: qwen-opt %s | qwen-opt | FileCheck %s
// RUN: qwen-opt %s --mlir-print-op-generic | qwen-opt | FileCheck %s

// A tensor is a symbol: its name in the file, its place there and its format.

// CHECK: qwen.tensor @token_embd.weight at 1824 : !qwen.weight<49152x576, q4_1>
qwen.tensor @token_embd.weight at 1824 : !qwen.weight<49152x576, q4_1>

// CHECK: qwen.tensor @output.weight at 64 in 2 : !qwen.weight<49152x576, q4_1>
qwen.tensor @output.weight at 64 in 2 : !qwen.weight<49152x576, q4_1>

// CHECK: qwen.tensor @blk.0.attn_norm.weight at 0 : !qwen.weight<576, f32>
// CHECK-SAME: {qwen.packed = #qwen.packed<"vector", offset = 4096, bytes = 2304>}
qwen.tensor @blk.0.attn_norm.weight at 0 : !qwen.weight<576, f32>
    {qwen.packed = #qwen.packed<"vector", offset = 4096, bytes = 2304>}
