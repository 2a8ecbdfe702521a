//===- ir/QwenAttrs.td - attributes ----------------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_QWENATTRS_TD
#define QWENC_IR_QWENATTRS_TD

include "QwenEnums.td"
include "mlir/IR/AttrTypeBase.td"

class Qwen_Attr<string name, string attrMnemonic> : AttrDef<Qwen_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Qwen_RopeScalingAttr : Qwen_Attr<"RopeScaling", "rope_scaling"> {
  let summary = "rotary angles of a context that was made longer after training";
  let description = [{
    The fields are those of RopeScaling (ir/kernels/RopeScaling.h): with
    `extrapolation` 0 the scaling is linear, with 1 it is YaRN; `factors` holds one
    divisor of the frequency for each pair (Llama 3.1).
  }];
  let parameters = (ins
    "::mlir::FloatAttr":$factor, "::mlir::FloatAttr":$extrapolation,
    "int64_t":$original_context,
    "::mlir::FloatAttr":$beta_fast, "::mlir::FloatAttr":$beta_slow,
    "::mlir::FloatAttr":$attention_factor,
    OptionalParameter<"::mlir::DenseF32ArrayAttr">:$factors);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    ::qwenc::RopeScaling getScaling() const;
  }];
}

def Qwen_ModelAttr : Qwen_Attr<"Model", "model"> {
  let summary = "hyper-parameters of the model, on the module as `qwen.model`";
  let parameters = (ins
    StringRefParameter<"general.name of the file">:$name,
    StringRefParameter<"general.architecture: qwen2, qwen3 ...">:$arch,
    "int64_t":$hidden, "int64_t":$layers, "int64_t":$heads, "int64_t":$kv_heads,
    "int64_t":$head_dim, "int64_t":$ffn, "int64_t":$vocab, "int64_t":$context_length,
    "::mlir::FloatAttr":$rope_theta,
    EnumParameter<Qwen_RopeMode>:$rope,
    "::mlir::FloatAttr":$eps,
    OptionalParameter<"::qwenc::ir::RopeScalingAttr">:$rope_scaling);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Of `rope_scaling`; plain RoPE without it.
    ::qwenc::RopeScaling getScaling() const;
  }];
}

def Qwen_TargetAttr : Qwen_Attr<"Target", "target"> {
  let summary = "facts of the CPU that passes may read, on the module as `qwen.target`";
  let description = [{
    Made by ir/target/ResolveTarget from LLVM's subtarget tables. `kernel_class`
    names a row of the micro-kernel table; `features` is the LLVM feature string
    that code is generated with. Cache sizes are bytes a core. `prefetch_bytes` is how
    far ahead loops that stream weights prefetch them; it is left out where the CPU's
    own prefetchers do as well. `prefetch_level` 2 is into the second cache; left out,
    into the first alone.
  }];
  let parameters = (ins
    StringRefParameter<"name given to --mcpu">:$cpu,
    StringRefParameter<"LLVM triple">:$triple,
    StringRefParameter<"row of the micro-kernel table">:$kernel_class,
    StringRefParameter<"LLVM feature string">:$features,
    "int64_t":$l1_bytes, "int64_t":$l2_bytes,
    OptionalParameter<"int64_t", "how far ahead to prefetch">:$prefetch_bytes,
    OptionalParameter<"int64_t", "the cache to prefetch into">:$prefetch_level);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Qwen_RowOrderAttr : Qwen_Attr<"RowOrder", "row_order"> {
  let summary = "rows of a projection in the order of rotary halves, as `qwen.row_order`";
  let description = [{
    The file's rows 2i and 2i + 1 of each head of `head_dim` rows, which rotate
    together, become rows i and i + head_dim/2: packing moves whole rows.
  }];
  let parameters = (ins "int64_t":$head_dim);
  let assemblyFormat = "`<` `halves` `,` $head_dim `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The row of the file that becomes row `row`.
    int64_t sourceRow(int64_t row) const {
      int64_t head = row / getHeadDim(), i = row % getHeadDim(), half = getHeadDim() / 2;
      return head * getHeadDim() + (i < half ? 2 * i : 2 * (i - half) + 1);
    }
  }];
}

def Qwen_PackedAttr : Qwen_Attr<"Packed", "packed"> {
  let summary = "place and layout of a packed weight in the weight section";
  let parameters = (ins
    StringRefParameter<"panels32 or vector">:$layout,
    "int64_t":$offset, "int64_t":$bytes);
  let assemblyFormat = "`<` $layout `,` `offset` `=` $offset `,` `bytes` `=` $bytes `>`";
}

def Qwen_SplitAttr : Qwen_Attr<"Split", "split"> {
  let summary = "how the threads divide an operation";
  let description = [{
    `grain` is the smallest share of a thread: columns for `columns`, heads for
    `heads`, tokens for `tokens`; `replicate` has grain 1 and no meaning for it.
    `experts` deals out the columns of all experts in a row, in units of `grain`,
    so that each thread has as many products of a column and a token as the others.
    With `tokens_grain` > 0 blocks of so many tokens are units of their own too
    (attention of a prefill: heads x token blocks). A `dynamic` split hands its
    units out one by one to whichever thread is free, so that cores of different
    speed, or shared with other programs, end together; which thread computes
    what is then unknown, and what reads the result needs a barrier.
  }];
  let parameters = (ins EnumParameter<Qwen_SplitKind>:$kind, "int64_t":$grain,
                        DefaultValuedParameter<"int64_t", "0">:$tokens_grain,
                        DefaultValuedParameter<"bool", "false">:$dynamic);
  let assemblyFormat = [{
    `<` $kind `,` $grain `` custom<SplitOptions>($tokens_grain, $dynamic) `` `>`
  }];
}

def Qwen_SlotAttr : Qwen_Attr<"Slot", "slot"> {
  let summary = "bytes of the arena that hold a value";
  let description = [{
    `offset` counts from the start of the shared arena or of the thread's own
    part; `rows` is the number of tokens the slot has room for, which fixes the
    places of the three arrays of a quantised activation.
  }];
  let parameters = (ins EnumParameter<Qwen_Space>:$space, "int64_t":$offset, "int64_t":$rows);
  let assemblyFormat = "`<` $space `,` $offset `,` `rows` `=` $rows `>`";
}

#endif
