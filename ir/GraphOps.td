//===- ir/GraphOps.td - what the model file says ---------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_GRAPHOPS_TD
#define QWENC_IR_GRAPHOPS_TD

include "QwenAttrs.td"
include "QwenTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/BuiltinAttributes.td"

class Qwen_Op<string name, list<Trait> traits = []> : Op<Qwen_Dialect, name, traits>;

def Qwen_Tokens : 1DTensorOf<[I32]>;
// [tokens, columns]: any number of tokens, a known number of columns.
def Qwen_Rows : ConfinedType<
    2DTensorOf<[F32]>, [CPred<"!::llvm::cast<::mlir::ShapedType>($_self).isDynamicDim(1)">],
    "rows of fp32 values (tensor<?xNxf32>)">;

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

def Qwen_TensorOp : Qwen_Op<"tensor", [Symbol]> {
  let summary = "a tensor of the model file, by place and format";
  let description = [{
    The symbol is the tensor's name in the file, `at` its offset in bytes; `in` is
    the number of the file from 0 on, for a model of several. After
    qwen-select-weight-layout, `qwen.packed` says where its packed form lies in
    the weight section of the executable.

    ```mlir
    qwen.tensor @blk.0.attn_q.weight at 1789952 : !qwen.weight<576x576, q4_1>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$file_offset,
                       TypeAttrOf<Qwen_Weight>:$type, OptionalAttr<I64Attr>:$part);
  let assemblyFormat = "$sym_name `at` $file_offset (`in` $part^)? `:` $type attr-dict";
}

def Qwen_WeightOp : Qwen_Op<"weight", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a handle of a tensor that all layers share";
  let description = [{
    ```mlir
    %w = qwen.weight @token_embd.weight : !qwen.weight<49152x576, q4_1>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$tensor);
  let results = (outs Qwen_Weight:$weight);
  let assemblyFormat = "$tensor attr-dict `:` type($weight)";
}

def Qwen_LayerWeightOp : Qwen_Op<"layer_weight", [Pure, HasParent<"LayersOp">]> {
  let summary = "a handle of the current layer's tensor";
  let description = [{
    In layer i of the enclosing `qwen.layers` this is the tensor `blk.<i>.<name>`.
    All layers that run through this body must have it with this very type.

    ```mlir
    %wq = qwen.layer_weight "attn_q.weight" : !qwen.weight<576x576, q4_1>
    ```
  }];
  let arguments = (ins StrAttr:$tensor);
  let results = (outs Qwen_Weight:$weight);
  let assemblyFormat = "$tensor attr-dict `:` type($weight)";
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

def Qwen_LayersOp : Qwen_Op<"layers", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs the residual stream through all layers";
  let description = [{
    Layer i runs body `order[i]`. Layers of the same formats share one body, so
    neither the IR nor the code grows with depth; a file that mixes formats
    between layers has a few bodies.

    ```mlir
    %y = qwen.layers %x order [0, 0, 0, 0] : tensor<?x576xf32> {
    ^bb0(%h: tensor<?x576xf32>):
      ...
      qwen.yield %r : tensor<?x576xf32>
    }
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, DenseI64ArrayAttr:$order);
  let results = (outs Qwen_Rows:$output);
  let regions = (region VariadicRegion<SizedRegion<1>>:$bodies);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Qwen_YieldOp : Qwen_Op<"yield", [Pure, Terminator, HasParent<"LayersOp">]> {
  let summary = "ends the body of a layer with the residual stream it hands on";
  let description = [{
    ```mlir
    qwen.yield %r : tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

//===----------------------------------------------------------------------===//
// Layer operations. Rows are tokens; all arithmetic has fp32 meaning.
//===----------------------------------------------------------------------===//

def Qwen_EmbedOp : Qwen_Op<"embed", [Pure]> {
  let summary = "rows of the embedding matrix, decoded one at a time";
  let description = [{
    ```mlir
    %x = qwen.embed %tokens, %w : tensor<?xi32>, !qwen.weight<49152x576, q4_1> -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Qwen_Tokens:$tokens, Qwen_Weight:$weight);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = [{
    $tokens `,` $weight attr-dict `:` type($tokens) `,` type($weight) `->` type($output)
  }];
  let hasVerifier = 1;
}

def Qwen_RMSNormOp : Qwen_Op<"rms_norm", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "x / sqrt(mean(x^2) + eps) * weight, over each row";
  let description = [{
    ```mlir
    %n = qwen.rms_norm %x, %w eps 1.0e-5 : tensor<?x576xf32>, !qwen.weight<576, f32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, Qwen_Weight:$weight, F64Attr:$eps);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = [{
    $input `,` $weight `eps` $eps attr-dict `:` type($input) `,` type($weight)
  }];
  let hasVerifier = 1;
}

def Qwen_HeadNormOp : Qwen_Op<"head_norm", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "RMSNorm of each attention head by itself (qwen3)";
  let description = [{
    The weight has as many elements as a head; the row is that many heads.

    ```mlir
    %n = qwen.head_norm %q, %w eps 1.0e-6 : tensor<?x2048xf32>, !qwen.weight<128, f32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, Qwen_Weight:$weight, F64Attr:$eps);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = [{
    $input `,` $weight `eps` $eps attr-dict `:` type($input) `,` type($weight)
  }];
  let hasVerifier = 1;
}

def Qwen_DequantizeOp : Qwen_Op<"dequantize", [Pure]> {
  let summary = "the fp32 meaning of a weight";
  let description = [{
    Exists so that the graph says what a projection means. No code is ever made
    for it: qwen-fuse-dequant-matmul turns it and its matmul into `qwen.linear`.

    ```mlir
    %f = qwen.dequantize %w : !qwen.weight<576x1536, q4_0> -> tensor<576x1536xf32>
    ```
  }];
  let arguments = (ins Qwen_Weight:$weight);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = "$weight attr-dict `:` type($weight) `->` type($output)";
  let hasVerifier = 1;
}

def Qwen_MatmulOp : Qwen_Op<"matmul", [Pure]> {
  let summary = "x times the transpose of a weight matrix";
  let description = [{
    ```mlir
    %y = qwen.matmul %x, %f : tensor<?x1536xf32>, tensor<576x1536xf32> -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, Qwen_Rows:$weight);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = [{
    $input `,` $weight attr-dict `:` type($input) `,` type($weight) `->` type($output)
  }];
  let hasVerifier = 1;
}

def Qwen_AddBiasOp : Qwen_Op<"add_bias", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "adds one vector to every row";
  let description = [{
    ```mlir
    %y = qwen.add_bias %x, %b : tensor<?x576xf32>, !qwen.weight<576, f32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, Qwen_Weight:$bias);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = "$input `,` $bias attr-dict `:` type($input) `,` type($bias)";
  let hasVerifier = 1;
}

def Qwen_RopeOp : Qwen_Op<"rope", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "rotary position embedding of each head";
  let description = [{
    Turns pair i of a head of `head_dim` by position x theta^(-2i/head_dim);
    `halves` pairs i with i + head_dim/2, `pairs` pairs 2i with 2i + 1. Theta is
    the model's (Su et al., RoFormer, 2021).

    ```mlir
    %r = qwen.rope %q halves head_dim 64 : tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, EnumAttr<Qwen_Dialect, Qwen_RopeMode, "rope_mode">:$mode,
                       I64Attr:$head_dim);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = "$input $mode `head_dim` $head_dim attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Qwen_KVStoreOp : Qwen_Op<"kv_store", [MemoryEffects<[MemWrite]>, AllTypesMatch<["keys", "values"]>]> {
  let summary = "stores keys and values of the step's tokens in the layer's cache (fp16)";
  let description = [{
    ```mlir
    %kv = qwen.kv_store %k, %v : tensor<?x192xf32> -> !qwen.kv<3x64>
    ```
  }];
  let arguments = (ins Qwen_Rows:$keys, Qwen_Rows:$values);
  let results = (outs Qwen_KV:$kv);
  let assemblyFormat = "$keys `,` $values attr-dict `:` type($keys) `->` type($kv)";
  let hasVerifier = 1;
}

def Qwen_AttentionOp : Qwen_Op<"attention", [Pure, AllTypesMatch<["query", "output"]>]> {
  let summary = "causal grouped-query attention over the cache";
  let description = [{
    Head h reads KV head h / (heads / kv_heads); scores are scaled by
    1/sqrt(head_dim); scores, softmax and sums are fp32.

    ```mlir
    %a = qwen.attention %q, %kv : tensor<?x576xf32>, !qwen.kv<3x64>
    ```
  }];
  let arguments = (ins Qwen_Rows:$query, Qwen_KV:$kv);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = "$query `,` $kv attr-dict `:` type($query) `,` type($kv)";
  let hasVerifier = 1;
}

def Qwen_SwiGLUOp : Qwen_Op<"swiglu", [Pure, AllTypesMatch<["gate", "up", "output"]>]> {
  let summary = "silu(gate) * up (Shazeer, GLU Variants Improve Transformer, 2020)";
  let description = [{
    ```mlir
    %h = qwen.swiglu %gate, %up : tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$gate, Qwen_Rows:$up);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = "$gate `,` $up attr-dict `:` type($output)";
}

def Qwen_AddOp : Qwen_Op<"add", [Pure, Commutative, AllTypesMatch<["lhs", "rhs", "output"]>]> {
  let summary = "adds to the residual stream";
  let description = [{
    ```mlir
    %y = qwen.add %x, %a : tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$lhs, Qwen_Rows:$rhs);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($output)";
}

//===----------------------------------------------------------------------===//
// Experts. A row of `used` experts' results holds them side by side, in the order
// of the token's routes.
//===----------------------------------------------------------------------===//

def Qwen_TopExpertsOp : Qwen_Op<"top_experts", [Pure]> {
  let summary = "the experts with the largest logits, weighted by their softmax";
  let description = [{
    The weights are the softmax over all experts; with `normalized` they are
    divided by their sum (qwen3moe). Of equal logits the lower number comes first.

    ```mlir
    %r = qwen.top_experts %l normalized : tensor<?x8xf32> -> !qwen.routes<?x2, 8>
    ```
  }];
  let arguments = (ins Qwen_Rows:$logits, UnitAttr:$normalized);
  let results = (outs Qwen_Routes:$routes);
  let assemblyFormat = [{
    $logits (`normalized` $normalized^)? attr-dict `:` type($logits) `->` type($routes)
  }];
  let hasVerifier = 1;
}

def Qwen_ExpertMatmulOp : Qwen_Op<"expert_matmul", [Pure]> {
  let summary = "x times the transpose of each of its experts' matrices";
  let description = [{
    ```mlir
    %h = qwen.expert_matmul %x, %r, %w : tensor<?x256xf32>, !qwen.routes<?x2, 8>,
        !qwen.weight<8x96x256, q4_0> -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, Qwen_Routes:$routes, Qwen_Weight:$weight);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = [{
    $input `,` $routes `,` $weight attr-dict `:` type($input) `,` type($routes) `,` type($weight)
    `->` type($output)
  }];
  let hasVerifier = 1;
}

def Qwen_ExpertSumOp : Qwen_Op<"expert_sum", [Pure]> {
  let summary = "the weighted sum of the experts' products of their own results";
  let description = [{
    Part s of a row goes through the matrix of the token's expert s; the products
    are added by the weights of the routes.

    ```mlir
    %y = qwen.expert_sum %h, %r, %w : tensor<?x192xf32>, !qwen.routes<?x2, 8>,
        !qwen.weight<8x256x96, q4_0> -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, Qwen_Routes:$routes, Qwen_Weight:$weight);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = [{
    $input `,` $routes `,` $weight attr-dict `:` type($input) `,` type($routes) `,` type($weight)
    `->` type($output)
  }];
  let hasVerifier = 1;
}

def Qwen_SigmoidGateOp : Qwen_Op<"sigmoid_gate", [Pure, AllTypesMatch<["value", "output"]>]> {
  let summary = "scales each row by the sigmoid of another row's product with a vector";
  let description = [{
    How much qwen2moe's shared expert counts for a token: value * sigmoid(x . w).

    ```mlir
    %y = qwen.sigmoid_gate %h, %x, %w : tensor<?x320xf32>, tensor<?x256xf32>,
        !qwen.weight<256, f32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$value, Qwen_Rows:$input, Qwen_Weight:$weight);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = [{
    $value `,` $input `,` $weight attr-dict `:` type($value) `,` type($input) `,` type($weight)
  }];
  let hasVerifier = 1;
}

def Qwen_LogitRowsOp : Qwen_Op<"logit_rows", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "keeps the rows whose logits the caller wants";
  let description = [{
    The caller names the first such token of the step; in a prefill of a prompt
    only the last one goes through the output head.

    ```mlir
    %l = qwen.logit_rows %x : tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

#endif
