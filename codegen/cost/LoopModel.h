//===- codegen/cost/LoopModel.h - cycles of a kernel's inner loop ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models code on a CPU that is not here: LLVM's machine code analyser (the MCA
// library) runs the inner loop of a kernel over the scheduling model of the
// CPU. All loads hit the first-level cache and branches are free of misses, so
// this is what the core could do, not what memory lets it.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_COST_LOOPMODEL_H
#define QWENC_CODEGEN_COST_LOOPMODEL_H

#include "ir/QwenDialect.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace qwenc {

/// One loop in steady state.
struct LoopModel {
  unsigned instructions = 0; ///< in one iteration
  double cycles = 0;         ///< of one iteration
  uint64_t macs = 0;         ///< multiply-adds in one iteration

  double macsPerCycle() const { return cycles > 0 ? double(macs) / cycles : 0; }
};

/// Models the innermost loop of `function` in the ELF `object` that does the
/// most multiply-adds; loops of exponentials do not count. Fails if the CPU has no scheduling model
/// or the function has no such loop.
llvm::Expected<LoopModel> modelHottestLoop(llvm::StringRef object, llvm::StringRef function,
                                           ir::TargetAttr target);

} // namespace qwenc
#endif
