//===- ir/target/ResolveTarget.h - --mcpu to #qwen.target ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features come from LLVM's subtarget tables; only what LLVM does not know
// (cache sizes) comes from the rows of KnownCpus.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_TARGET_RESOLVETARGET_H
#define QWENC_IR_TARGET_RESOLVETARGET_H

#include "ir/QwenDialect.h"
#include "llvm/Support/Error.h"
#include <string>

namespace llvm {
class MCSubtargetInfo;
} // namespace llvm

namespace qwenc::ir {

struct TargetRequest {
  std::string cpu;    ///< name, `native` or `generic`
  std::string triple; ///< empty: follows from the CPU
  std::string attrs;  ///< `+feature,-feature`, as LLVM writes them
};

/// Finds triple, features and kernel class of a CPU: one target, or where the
/// length of its SVE vectors is not known, one for each that kernels are written
/// for and one for NEON, best first. Fails, with the nearest names, for a CPU that
/// LLVM does not know for the triple.
llvm::Expected<llvm::SmallVector<TargetAttr, 1>> resolveTargets(mlir::MLIRContext *context,
                                                                const TargetRequest &request);

/// The best of resolveTargets.
llvm::Expected<TargetAttr> resolveTarget(mlir::MLIRContext *context, const TargetRequest &request);

/// The target with the CPU whose scheduling model describes it: CpuFacts::modelAs.
TargetAttr modelledTarget(TargetAttr target);

/// Of a CPU with SVE, a sentence: why the target's kernels use it or do not. Else
/// empty.
std::string explainVectorLength(TargetAttr target);

/// The names that --mcpu takes for CPUs of a subtarget's triple.
llvm::SmallVector<llvm::StringRef> cpuNames(const llvm::MCSubtargetInfo &subtarget);

/// Registers LLVM's X86 and AArch64 back ends (idempotent).
void initializeTargets();

} // namespace qwenc::ir
#endif
