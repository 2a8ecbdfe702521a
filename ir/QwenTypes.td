//===- ir/QwenTypes.td - types ---------------------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_QWENTYPES_TD
#define QWENC_IR_QWENTYPES_TD

include "QwenEnums.td"
include "mlir/IR/AttrTypeBase.td"

class Qwen_TypeDef<string name, string typeMnemonic> : TypeDef<Qwen_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Qwen_Weight : Qwen_TypeDef<"Weight", "weight"> {
  let summary = "a tensor of the model file";
  let description = [{
    `!qwen.weight<576x1536, q4_0>` has 576 rows of 1536 elements: row r gives
    output r of a projection. Norms and biases have one dimension. With three,
    `!qwen.weight<8x64x256, q4_0>` is 8 experts' matrices of 64 rows, one after
    the other. Rows of a quantised format are whole blocks of it: 32 elements,
    256 for q6_k, q4_k ...
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, EnumParameter<Qwen_Format>:$format);
  let assemblyFormat = "`<` custom<Shape>($shape) `,` $format `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isMatrix() const { return getShape().size() == 2; }
    /// Three dimensions: a matrix for each expert.
    bool isExperts() const { return getShape().size() == 3; }
    int64_t getExperts() const { return isExperts() ? getShape().front() : 1; }
    /// Of a matrix or of each expert's; the elements of a vector.
    int64_t getRows() const { return isExperts() ? getShape()[1] : getShape().front(); }
    int64_t getCols() const { return getShape().back(); }
    /// Columns that share a scale of activations, at the least.
    int64_t getActivationGroup() const;
    /// True for formats whose products are computed with int8 activations.
    bool isQuantized() const {
      return getFormat() != Format::F32 && getFormat() != Format::F16 &&
             getFormat() != Format::BF16;
    }
  }];
}

def Qwen_Q8 : Qwen_TypeDef<"Q8", "q8"> {
  let summary = "activations quantised to int8 with one fp32 scale per group of columns";
  let description = [{
    `!qwen.q8<?x576>`: any number of tokens, 576 columns in groups of 32;
    `!qwen.q8<?x896, 128>`: in groups of 128, which weights with groups as long
    take. Stored as three arrays: q (int8) and, for each 32 columns whatever the
    group, scale (fp32, that of the group) and -8 times the sum of q (int32).
    `!qwen.q8<?x1536, halves, scaled>` has two more, for weights whose zero points
    or minima want them: -32 times the sum of each 16 columns (int32), and scale
    times the sum of each 32 (fp32). qwen-select-activation-sums adds them.
  }];
  let parameters = (ins "int64_t":$cols, DefaultValuedParameter<"int64_t", "32">:$group,
                        DefaultValuedParameter<"bool", "false">:$halves,
                        DefaultValuedParameter<"bool", "false">:$scaled);
  let assemblyFormat = [{
    `<` custom<TokenRows>($cols) `` custom<Q8Options>($group, $halves, $scaled) `` `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// With neg8 alone.
    static Q8Type get(::mlir::MLIRContext *context, int64_t cols, int64_t group) {
      return get(context, cols, group, /*halves=*/false, /*scaled=*/false);
    }
    /// Does it hold what kernels of `weight` read?
    bool serves(WeightType weight) const;
  }];
}

def Qwen_Routes : Qwen_TypeDef<"Routes", "routes"> {
  let summary = "the experts that each token goes to, and how much each counts";
  let description = [{
    `!qwen.routes<?x4, 8>`: any number of tokens, 4 of 8 experts each, the most
    wanted first. Stored as two arrays: numbers (int32) and weights (fp32).
  }];
  let parameters = (ins "int64_t":$used, "int64_t":$experts);
  let assemblyFormat = "`<` custom<TokenRows>($used) `,` $experts `>`";
  let genVerifyDecl = 1;
}

def Qwen_KVFormatParameter : EnumParameter<Qwen_KVFormat> {
  let defaultValue = "::qwenc::ir::KVFormat::F16";
}

def Qwen_KV : Qwen_TypeDef<"KV", "kv"> {
  let summary = "the layer's KV cache after the step's keys and values are stored";
  let description = [{
    `!qwen.kv<3x64>` has 3 heads of 64 elements in fp16, `!qwen.kv<3x64, q8>` in
    int8 with scales. ir/kernels/KVLayout.h describes the bytes of both.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$head_dim, Qwen_KVFormatParameter:$format);
  let assemblyFormat = "`<` custom<HeadShape>($heads, $head_dim) (`,` $format^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    ::qwenc::KVLayout getLayout() const {
      return {static_cast<::qwenc::KVFormat>(getFormat()), getHeads(), getHeadDim()};
    }
  }];
}

#endif
