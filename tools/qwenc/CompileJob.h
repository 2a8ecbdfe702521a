//===- tools/qwenc/CompileJob.h - from the model to code for one CPU ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_COMPILEJOB_H
#define QWENC_TOOLS_QWENC_COMPILEJOB_H

#include "codegen/CompileKernelSet.h"
#include "codegen/report/Report.h"
#include "tools/qwenc/Jobs.h"

namespace qwenc {

/// What became of a job. IR levels that --emit asks for leave no code.
struct CompiledJob {
  ModuleRef scheduled;
  std::optional<KernelSet> code;
  std::optional<CpuReport> report; ///< if --report is given
};

/// Runs the passes on the job's module, makes code and writes what --emit asks for,
/// but for the executable. Symbols of the code end in `suffix`.
llvm::Expected<CompiledJob> compileJob(Session &session, Job &job, const PassRunner &passes,
                                       llvm::StringRef suffix);

/// Fails if schedules that were edited apart do not go with one set of weights, one
/// cache and one arena, of which an executable has no more.
llvm::Error checkShared(llvm::ArrayRef<ModuleRef> schedules);

/// Prints what --explain asks for.
llvm::Error explainJob(Session &session, Job &job, const PassRunner &passes);

} // namespace qwenc
#endif
