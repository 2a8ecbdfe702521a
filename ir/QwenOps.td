//===- ir/QwenOps.td - all operations --------------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_QWENOPS_TD
#define QWENC_IR_QWENOPS_TD

include "GraphOps.td"
include "FusedOps.td"
include "ScheduledOps.td"

#endif
