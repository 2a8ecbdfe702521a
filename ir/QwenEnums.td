//===- ir/QwenEnums.td - closed sets of names ------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_QWENENUMS_TD
#define QWENC_IR_QWENENUMS_TD

include "QwenDialect.td"
include "mlir/IR/EnumAttr.td"

class Qwen_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::qwenc::ir";
  let genSpecializedAttr = 0;
}

// The order is that of WeightFormat in ir/kernels/KernelSpec.h.
def Qwen_Format : Qwen_Enum<"Format", "storage format of a weight", [
  I32EnumAttrCase<"F32", 0, "f32">,
  I32EnumAttrCase<"F16", 1, "f16">,
  I32EnumAttrCase<"BF16", 2, "bf16">,
  I32EnumAttrCase<"Q4_0", 3, "q4_0">,
  I32EnumAttrCase<"Q4_1", 4, "q4_1">,
  I32EnumAttrCase<"Q8_0", 5, "q8_0">,
  I32EnumAttrCase<"Q6_K", 6, "q6_k">,
  I32EnumAttrCase<"Q4_K", 7, "q4_k">,
  I32EnumAttrCase<"Q5_K", 8, "q5_k">,
  I32EnumAttrCase<"Q5_0", 9, "q5_0">,
  I32EnumAttrCase<"Q5_1", 10, "q5_1">,
  I32EnumAttrCase<"IQ4_NL", 11, "iq4_nl">,
  I32EnumAttrCase<"IQ4_XS", 12, "iq4_xs">,
  I32EnumAttrCase<"Q3_K", 13, "q3_k">,
  I32EnumAttrCase<"Q2_K", 14, "q2_k">,
  I32EnumAttrCase<"MXFP4", 15, "mxfp4">,
  I32EnumAttrCase<"W4G64", 16, "w4g64">,
  I32EnumAttrCase<"W4G128", 17, "w4g128">,
  I32EnumAttrCase<"W4G64A", 18, "w4g64a">,
  I32EnumAttrCase<"W4G128A", 19, "w4g128a">,
  I32EnumAttrCase<"W8", 20, "w8">
]>;

// The order is that of KVFormat in ir/kernels/KVLayout.h.
def Qwen_KVFormat : Qwen_Enum<"KVFormat", "storage format of the KV cache", [
  I32EnumAttrCase<"F16", 0, "f16">,
  I32EnumAttrCase<"Q8", 1, "q8">   // int8, one fp32 scale per position, head and group
]>;

def Qwen_RopeMode : Qwen_Enum<"RopeMode", "which elements of a head turn together", [
  I32EnumAttrCase<"Halves", 0, "halves">,  // i and i + head_dim/2 (qwen)
  I32EnumAttrCase<"Pairs", 1, "pairs">     // 2i and 2i + 1 (llama)
]>;

def Qwen_SplitKind : Qwen_Enum<"SplitKind", "how the threads divide an operation", [
  I32EnumAttrCase<"Replicate", 0, "replicate">, // each thread makes a copy of its own
  I32EnumAttrCase<"Tokens", 1, "tokens">,       // rows of the activation
  I32EnumAttrCase<"Columns", 2, "columns">,     // columns, in units of `grain`
  I32EnumAttrCase<"Heads", 3, "heads">,         // attention heads, in units of `grain`
  I32EnumAttrCase<"Experts", 4, "experts">      // columns of the experts, by their tokens
]>;

def Qwen_Space : Qwen_Enum<"Space", "which part of the arena holds a value", [
  I32EnumAttrCase<"Shared", 0, "shared">,
  I32EnumAttrCase<"Thread", 1, "thread">
]>;

#endif
