//===- tools/qwenc/Jobs.h - what is compiled for which CPU ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_JOBS_H
#define QWENC_TOOLS_QWENC_JOBS_H

#include "ir/QwenDialect.h"
#include "tools/qwenc/RunPasses.h"
#include "tools/qwenc/Session.h"

namespace qwenc {

/// A target to compile for: the first passes may have run already.
struct Job {
  ir::TargetAttr target;
  std::string cpu;         ///< as --mcpu names it
  ModuleRef module;        ///< from a dump; null: imported when its turn comes
  unsigned passesDone = 0; ///< on it
  /// Names it among the jobs, in messages and in names of files: the CPU, with the
  /// class of kernels where the CPU has several.
  std::string label{};
  bool isOnly = true; ///< there is no other
};

/// One job for each target of the CPUs of --mcpu: a CPU whose vectors may have
/// several lengths is several targets.
llvm::Expected<std::vector<Job>> jobsOfCpus(Session &session);

/// One job for each dump of --compile-from. The model must be loaded.
llvm::Expected<std::vector<Job>> jobsOfDumps(Session &session, const PassRunner &passes);

/// Checks that the jobs fit in one executable, gives them labels and orders them
/// best first: at start the runtime takes the first that the CPU can run.
llvm::Error arrangeJobs(std::vector<Job> &jobs, const Options &options);

} // namespace qwenc
#endif
