//===- passes/verify/VerifyFused.cpp ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

namespace qwenc {
#define GEN_PASS_DEF_VERIFYFUSED
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {
struct VerifyFused : qwenc::impl::VerifyFusedBase<VerifyFused> {
  void runOnOperation() override {
    WalkResult result = getOperation().walk([](Operation *op) {
      if (isa<ir::DequantizeOp, ir::MatmulOp>(op))
        op->emitOpError("has no code: run qwen-fuse-dequant-matmul");
      else if (isa<ir::ExpertMatmulOp, ir::ExpertSumOp>(op))
        op->emitOpError("has no code: run qwen-fuse-experts");
      else
        return WalkResult::advance();
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
