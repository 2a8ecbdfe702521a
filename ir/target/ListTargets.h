//===- ir/target/ListTargets.h - every CPU that can be named ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_TARGET_LISTTARGETS_H
#define QWENC_IR_TARGET_LISTTARGETS_H

#include "ir/QwenDialect.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace qwenc::ir {

/// A name for --mcpu and what follows from it.
struct TargetLine {
  std::string cpu, triple;
  std::string kernelClasses; ///< best first, separated by slashes
  /// Names of LLVM's features that kernels can use, of those the CPU has.
  std::vector<std::string> features;
};

/// All CPUs of both triples that LLVM knows, by triple and name. CPUs that
/// cannot run 64-bit code are left out.
llvm::Expected<std::vector<TargetLine>> listTargets(mlir::MLIRContext *context);

} // namespace qwenc::ir
#endif
