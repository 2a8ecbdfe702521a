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

#endif
