//===- passes/verify/VerifyScheduled.h - what the lowering relies on -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_VERIFY_VERIFYSCHEDULED_H
#define QWENC_PASSES_VERIFY_VERIFYSCHEDULED_H

#include "passes/Passes.h"

namespace qwenc {

/// Checks that nothing is left to choose: the module has its places and sizes,
/// every operation of a step its split, slots and kernels. Emits an error for
/// each thing that is missing.
mlir::LogicalResult verifyScheduled(mlir::ModuleOp module);

/// Checks that what was chosen fits: kernels the weights they read, the phase and
/// the target; splits what the lowering can divide; places the arena and the
/// weight section. Nothing may be missing in the module.
mlir::LogicalResult checkSchedule(mlir::ModuleOp module);

} // namespace qwenc
#endif
