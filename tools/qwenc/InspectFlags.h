//===- tools/qwenc/InspectFlags.h - flags that look inside -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_INSPECTFLAGS_H
#define QWENC_TOOLS_QWENC_INSPECTFLAGS_H

#include "tools/qwenc/DumpHeader.h"
#include "tools/qwenc/Options.h"

#include "llvm/Support/CommandLine.h"

namespace qwenc {

/// The flags by which a person watches, stops and continues a compilation. They
/// are registered while the object lives.
class InspectFlags {
public:
  explicit InspectFlags(llvm::cl::OptionCategory &category);
  ~InspectFlags();
  /// Fails where flags do not go together.
  llvm::Error store(Options &options) const;

private:
  llvm::cl::list<std::string> compileFrom;
  llvm::cl::opt<std::string> diffReport;
  llvm::cl::opt<std::string> dump;
  llvm::cl::list<std::string> dumpFilter;
  llvm::cl::opt<std::string> saveRepro;
  llvm::cl::opt<bool> timing;
  llvm::cl::opt<std::string> explain;
  llvm::cl::opt<bool> verifySemantics;
  llvm::cl::opt<std::string> verify, verifyAgainst;
  llvm::cl::opt<double> maxKl, minTop1;
};

/// The names of those flags, which LLVM's own options must not take.
llvm::ArrayRef<llvm::StringRef> inspectFlagNames();

/// What dumps add to a command line.
struct DumpArguments {
  std::vector<std::string> flags; ///< they were made with, in front of the others
  std::string model, sha256;      ///< empty if their headers are gone
};

/// Reads the headers of the files that `args` names with --compile-from. Fails if
/// a file cannot be read or its flags and those of `args` do not agree.
llvm::Expected<DumpArguments> readDumpArguments(llvm::ArrayRef<std::string> args);

} // namespace qwenc
#endif
