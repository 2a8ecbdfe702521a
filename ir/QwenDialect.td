//===- ir/QwenDialect.td - the dialect ------------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_QWENDIALECT_TD
#define QWENC_IR_QWENDIALECT_TD

include "mlir/IR/OpBase.td"

def Qwen_Dialect : Dialect {
  let name = "qwen";
  let cppNamespace = "::qwenc::ir";
  let summary = "Decoder-only language models, from graph to schedule";
  let description = [{
    One dialect with three levels, all of which parse, verify and print.

    *Graph*: what the model file says (`embed`, `rms_norm`, `matmul`, `rope`,
    `attention`, ...) on `tensor<?xNxf32>`; the rows are the tokens of one step.
    *Fused*: activations are quantised where they are made, projections carry
    their epilogues (`norm_quantize`, `qkv_project`, `gate_up`, `linear`).
    *Scheduled*: the same operations with a kernel, a split over threads, arena
    slots, and explicit `barrier` operations.

    Weights never stand in the IR: `qwen.tensor` names a tensor of the file by
    offset and format, so the dump of a large model stays a readable page.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let extraClassDeclaration = [{
    void registerQwenAttributes();
    void registerQwenTypes();
  }];
}

#endif
