//===- ir/ScheduledOps.td - what scheduling adds ----------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_SCHEDULEDOPS_TD
#define QWENC_IR_SCHEDULEDOPS_TD

include "GraphOps.td"

def Qwen_BarrierOp : Qwen_Op<"barrier"> {
  let summary = "all threads wait for each other";
  let description = [{
    Placed by qwen-partition-threads where an operation reads what another
    thread wrote, and nowhere else.

    ```mlir
    qwen.barrier
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Qwen_TrimLastLayerOp : Qwen_Op<"trim_last_layer", [HasParent<"LayersOp">]> {
  let summary = "in the last layer, what follows computes only rows with logits";
  let description = [{
    Placed by qwen-trim-last-layer in front of attention, where keys and values of
    all tokens are in the cache: what the last layer makes of a row after that,
    only the same row's logits read. Other layers compute all rows.

    ```mlir
    qwen.trim_last_layer
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

#endif
