//===- passes/Passes.td - the passes of qwenc -------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_PASSES_TD
#define QWENC_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

class Qwen_Pass<string flag> : Pass<flag, "::mlir::ModuleOp"> {
  let dependentDialects = ["::qwenc::ir::QwenDialect"];
}

//===----------------------------------------------------------------------===//
// Graph -> fused
//===----------------------------------------------------------------------===//

def FoldRopePairs : Qwen_Pass<"qwen-fold-rope-pairs"> {
  let summary = "move the rows of Q and K so that rotation pairs halves of a head";
  let description = [{
    A `rope pairs` of a plain projection becomes `rope halves` of the projection
    with its rows in another order (`qwen.row_order` on the tensors of all layers
    that run the body). Scores do not change, since Q and K move alike; llama and
    qwen2 files of one model then give the same bits.
  }];
}

def FuseDequantMatmul : Qwen_Pass<"qwen-fuse-dequant-matmul"> {
  let summary = "make projections read weights in their own format";
  let description = [{
    `matmul(x, dequantize(w))` becomes `linear(quantize(x), w)`, or `linear(x, w)`
    for F32, F16 and BF16 weights; a bias added to the product moves into the
    linear. No other pass removes `dequantize`, and no code exists for it: after
    this pass there is no float copy of a weight.
  }];
}

def FuseExperts : Qwen_Pass<"qwen-fuse-experts"> {
  let summary = "make experts' projections read weights in their own format";
  let description = [{
    What `qwen-fuse-dequant-matmul`, `qwen-fuse-gate-up` and `qwen-fuse-residual` do
    for other projections: gate and up of a token's experts with SwiGLU and
    quantisation become `expert_gate_up`, their weighted sum and the residual
    stream `expert_down`. No other pass removes `expert_matmul` and `expert_sum`,
    for which there is no code.
  }];
}

def FuseRMSNorm : Qwen_Pass<"qwen-fuse-rms-norm"> {
  let summary = "quantise normalised activations where they are made";
  let description = [{
    `quantize(rms_norm(x, w))` becomes `norm_quantize(x, w)`: the normalised row
    is read back from registers instead of memory.
  }];
}

def FuseQKVProjection : Qwen_Pass<"qwen-fuse-qkv-projection"> {
  let summary = "one phase from the input of attention to Q and the KV cache";
  let description = [{
    Three linears of one input, with the head norms, rotations and the KV store
    that follow them, become `qkv_project`. A thread then does all of it for the
    heads it projected, and two barriers disappear.
  }];
}

def FuseGateUp : Qwen_Pass<"qwen-fuse-gate-up"> {
  let summary = "gate and up projections, SwiGLU and quantisation in one phase";
  let description = [{
    `swiglu(linear(x, gate), linear(x, up))` becomes `gate_up(x, gate, up)`, which
    makes int8 of it if nothing else reads the result: a thread finishes the columns
    that it projected while they are in its cache.
  }];
}

def FuseResidual : Qwen_Pass<"qwen-fuse-residual"> {
  let summary = "add the residual stream in the projection before it";
  let description = [{
    `add(x, linear(a, w))` becomes `linear(a, w) residual x`, which may write
    over x: one pass over memory and one barrier less.
  }];
}

def VerifyFused : Qwen_Pass<"qwen-verify-fused"> {
  let summary = "no operation is left for which there is no code";
  let description = [{
    Ends the fused level: `dequantize` and `matmul` say what a projection means, and
    only `linear` and what fusions made of it can be scheduled.
  }];
}

//===----------------------------------------------------------------------===//
// Fused -> scheduled
//===----------------------------------------------------------------------===//

def SelectWeightLayout : Qwen_Pass<"qwen-select-weight-layout"> {
  let summary = "give each tensor its packed layout and place in the weight section";
  let description = [{
    Matrices are packed in panels of 32 rows, vectors as fp32. Tensors lie in the
    order in which a step reads them, each at a multiple of 64 bytes.
  }];
}

def SelectActivationSums : Qwen_Pass<"qwen-select-activation-sums"> {
  let summary = "store with quantised activations the sums that their readers want";
  let description = [{
    Zero points and minima of weights multiply sums of the activations. Kernels of
    most formats take neg8, which every `!qwen.q8` has; a format with two scales a
    group wants the sums of half groups, one with minima the sums times the token's
    scale. Made once for all rows of the weights, they cost next to nothing.
  }];
}

def SpecializePhases : Qwen_Pass<"qwen-specialize-phases"> {
  let summary = "make a prefill and a decode function of the step";
  let description = [{
    Decode runs exactly one token, so its kernels have no loop over tokens and
    small operations are recomputed by every thread instead of shared.
  }];
  let options = [
    Option<"maxBatch", "max-batch", "int64_t", /*default=*/"512",
           "most tokens of one prefill step">
  ];
}

def FuseArgmax : Qwen_Pass<"qwen-fuse-argmax"> {
  let summary = "find the likeliest token where the logits are made";
  let description = [{
    The output head of a decode step marks its projection `argmax`: each thread
    looks through the logits that it has just written, while they are in its cache.
  }];
}

def TrimLastLayer : Qwen_Pass<"qwen-trim-last-layer"> {
  let summary = "compute in the last layer of a prefill only what logits are made of";
  let description = [{
    The last layer's keys and values of a prompt are needed, and its other results
    only for tokens whose logits the caller wants, mostly one: `trim_last_layer`
    stands in front of attention in the body that the last layer runs.
  }];
}

def SelectTileSizes : Qwen_Pass<"qwen-select-tile-sizes"> {
  let summary = "choose the micro-kernel and its tile for each projection";
  let description = [{
    Names one kernel for each weight that an operation reads (`qwen.kernels`),
    from the target's class, the weight's format, the phase and the epilogue.

    The tool hands in a cost model. Then, for each format and phase, all tiles that
    fit the registers (`ir/kernels/LegalTiles.h`) are modelled, the cheapest is taken
    (the table's, if it is within 1 %), and `qwen.tile_choices` on the module records it
    with its runners-up. Without a model, and where it knows nothing of the CPU, the
    tiles are those of the table in `ir/kernels/KernelSpec.cpp`. On x86-64 that table
    stands: its tiles were chosen by the clock, which the model, to which every load
    hits the L1 cache, is not.
  }];
}

def PartitionThreads : Qwen_Pass<"qwen-partition-threads"> {
  let summary = "divide operations over threads and place the barriers they need";
  let description = [{
    Every operation gets a `qwen.split`. A barrier stands before an operation
    that reads what another thread may have written since the last barrier; an
    operation split exactly as its producer needs none.
  }];
}

def PlanArena : Qwen_Pass<"qwen-plan-arena"> {
  let summary = "give every value its bytes in one arena";
  let description = [{
    Values whose lives do not overlap share bytes. A life is counted in phases
    (the code between two barriers), because threads run freely inside a phase:
    greedy by size, the largest first (Pisarchyk and Lee, Efficient Memory
    Management for Deep Neural Net Inference, 2020).
  }];
}

def VerifyScheduled : Qwen_Pass<"qwen-verify-scheduled"> {
  let summary = "every operation has a split, slots and kernels that agree";
  let description = [{
    Ends the scheduled level. Nothing may be missing that the lowering asks for, and
    what stands there must fit: kernels the format, phase, epilogue and target; splits
    what the lowering can divide; slots the arena and tensors the weight section. A
    dump that was edited by hand is checked here.
  }];
}

//===----------------------------------------------------------------------===//
// Scheduled -> LLVM
//===----------------------------------------------------------------------===//

def ConvertQwenToLLVM : Qwen_Pass<"qwen-convert-to-llvm"> {
  let summary = "turn scheduled step functions into LLVM code that calls kernels";
  let description = [{
    Each step function becomes `void f(QwenStep *, int32_t thread)`. Kernels are
    declared by name, with the facts that make them as an attribute of the
    declaration; codegen fills them in.
  }];
  let dependentDialects = ["::qwenc::ir::QwenDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect"];
}

#endif
