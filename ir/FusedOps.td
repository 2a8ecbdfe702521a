//===- ir/FusedOps.td - operations that fusion passes make ------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_FUSEDOPS_TD
#define QWENC_IR_FUSEDOPS_TD

include "GraphOps.td"

def Qwen_Activation : AnyTypeOf<[Qwen_Rows, Qwen_Q8]>;

def Qwen_QuantizeOp : Qwen_Op<"quantize", [Pure]> {
  let summary = "quantises each group of 32 columns to int8";
  let description = [{
    scale = max|x| / 127, q = round-to-nearest-even(x / scale).

    ```mlir
    %q = qwen.quantize %x : tensor<?x576xf32> -> !qwen.q8<?x576>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input);
  let results = (outs Qwen_Q8:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let hasVerifier = 1;
}

def Qwen_NormQuantizeOp : Qwen_Op<"norm_quantize", [Pure]> {
  let summary = "RMSNorm whose result is quantised where it is made";
  let description = [{
    ```mlir
    %q = qwen.norm_quantize %x, %w eps 1.0e-5
        : tensor<?x576xf32>, !qwen.weight<576, f32> -> !qwen.q8<?x576>
    ```
  }];
  let arguments = (ins Qwen_Rows:$input, Qwen_Weight:$weight, F64Attr:$eps);
  let results = (outs Qwen_Q8:$output);
  let assemblyFormat = [{
    $input `,` $weight `eps` $eps attr-dict `:` type($input) `,` type($weight) `->` type($output)
  }];
  let hasVerifier = 1;
}

def Qwen_LinearOp : Qwen_Op<"linear", [Pure, AttrSizedOperandSegments]> {
  let summary = "a projection that reads the weight in its own format";
  let description = [{
    Quantised formats take `!qwen.q8` activations and compute in int8 x int4/8
    into int32; float formats take fp32. `bias` is added to every row, `residual`
    is a matrix that the result is added to (and may overwrite). With `argmax`
    each thread also leaves the largest of its columns in QwenStep.best.

    ```mlir
    %y = qwen.linear %q, %w residual %x
        : !qwen.q8<?x1536>, !qwen.weight<576x1536, q4_0> residual tensor<?x576xf32>
          -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Qwen_Activation:$input, Qwen_Weight:$weight,
                       Optional<Qwen_Weight>:$bias, Optional<Qwen_Rows>:$residual,
                       UnitAttr:$argmax);
  let results = (outs Qwen_Rows:$output);
  let builders = [OpBuilder<(ins "::mlir::Type":$output, "::mlir::Value":$input,
                                 "::mlir::Value":$weight, "::mlir::Value":$bias,
                                 "::mlir::Value":$residual), [{
    build($_builder, $_state, output, input, weight, bias, residual, /*argmax=*/false);
  }]>];
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? (`residual` $residual^)? (`argmax` $argmax^)? attr-dict
    `:` type($input) `,` type($weight) (`bias` type($bias)^)? (`residual` type($residual)^)?
    `->` type($output)
  }];
  let hasVerifier = 1;
}

def Qwen_QKVProjectOp : Qwen_Op<"qkv_project", [AttrSizedOperandSegments,
                                               MemoryEffects<[MemWrite]>]> {
  let summary = "projections to Q, K and V with all that follows them before attention";
  let description = [{
    Each thread projects some heads and, while they are in its cache, adds the
    bias, normalises the head (qwen3), rotates Q and K and stores K and V in the
    KV cache: one phase without a barrier inside.

    ```mlir
    %q, %kv = qwen.qkv_project %x, %wq, %wk, %wv halves head_dim 64
        : !qwen.q8<?x576>, !qwen.weight<576x576, q4_1>, ... -> tensor<?x576xf32>, !qwen.kv<3x64>
    ```
  }];
  let arguments = (ins Qwen_Activation:$input,
                       Qwen_Weight:$wq, Qwen_Weight:$wk, Qwen_Weight:$wv,
                       Optional<Qwen_Weight>:$bq, Optional<Qwen_Weight>:$bk,
                       Optional<Qwen_Weight>:$bv,
                       Optional<Qwen_Weight>:$q_norm, Optional<Qwen_Weight>:$k_norm,
                       EnumAttr<Qwen_Dialect, Qwen_RopeMode, "rope_mode">:$mode,
                       I64Attr:$head_dim, OptionalAttr<F64Attr>:$eps);
  let results = (outs Qwen_Rows:$query, Qwen_KV:$kv);
  let assemblyFormat = [{
    $input `,` $wq `,` $wk `,` $wv (`bias` $bq^ `,` $bk `,` $bv)?
    (`head_norm` $q_norm^ `,` $k_norm `eps` $eps)? $mode `head_dim` $head_dim attr-dict
    `:` type($input) `,` type($wq) `,` type($wk) `,` type($wv)
    (`bias` type($bq)^ `,` type($bk) `,` type($bv))?
    (`head_norm` type($q_norm)^ `,` type($k_norm))?
    `->` type($query) `,` type($kv)
  }];
  let hasVerifier = 1;
}

def Qwen_GateUpOp : Qwen_Op<"gate_up", [Pure]> {
  let summary = "gate and up projections with SwiGLU";
  let description = [{
    Both projections of the same rows run on one thread, which then makes
    silu(gate) * up of them, quantised if the result is `!qwen.q8`.

    ```mlir
    %h = qwen.gate_up %x, %wg, %wu : !qwen.q8<?x576>, !qwen.weight<1536x576, q4_0>,
        !qwen.weight<1536x576, q4_0> -> !qwen.q8<?x1536>
    ```
  }];
  let arguments = (ins Qwen_Activation:$input, Qwen_Weight:$gate, Qwen_Weight:$up);
  let results = (outs Qwen_Activation:$output);
  let assemblyFormat = [{
    $input `,` $gate `,` $up attr-dict `:` type($input) `,` type($gate) `,` type($up)
    `->` type($output)
  }];
  let hasVerifier = 1;
}

def Qwen_ExpertGateUpOp : Qwen_Op<"expert_gate_up", [Pure]> {
  let summary = "gate and up projections of each token's experts with SwiGLU";
  let description = [{
    As `qwen.gate_up`, with the matrices of the experts that a token goes to; their
    results lie side by side in its row. In memory the parts of all tokens lie in
    the order of the experts, so that an expert's tokens are rows of one matrix.

    ```mlir
    %h = qwen.expert_gate_up %x, %r, %wg, %wu : !qwen.q8<?x256>, !qwen.routes<?x2, 8>,
        !qwen.weight<8x96x256, q4_0>, !qwen.weight<8x96x256, q4_0> -> !qwen.q8<?x192>
    ```
  }];
  let arguments = (ins Qwen_Activation:$input, Qwen_Routes:$routes, Qwen_Weight:$gate,
                       Qwen_Weight:$up);
  let results = (outs Qwen_Activation:$output);
  let assemblyFormat = [{
    $input `,` $routes `,` $gate `,` $up attr-dict `:` type($input) `,` type($routes) `,`
    type($gate) `,` type($up) `->` type($output)
  }];
  let hasVerifier = 1;
}

def Qwen_ExpertDownOp : Qwen_Op<"expert_down", [Pure, AllTypesMatch<["residual", "output"]>]> {
  let summary = "the weighted sum of the experts' down projections, added to the residual stream";
  let description = [{
    Reads what `qwen.expert_gate_up` of the same routes made, in its order.

    ```mlir
    %y = qwen.expert_down %h, %r, %w residual %x : !qwen.q8<?x192>, !qwen.routes<?x2, 8>,
        !qwen.weight<8x256x96, q4_0> residual tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Qwen_Activation:$input, Qwen_Routes:$routes, Qwen_Weight:$weight,
                       Qwen_Rows:$residual);
  let results = (outs Qwen_Rows:$output);
  let assemblyFormat = [{
    $input `,` $routes `,` $weight `residual` $residual attr-dict `:` type($input) `,`
    type($routes) `,` type($weight) `residual` type($residual)
  }];
  let hasVerifier = 1;
}

#endif
