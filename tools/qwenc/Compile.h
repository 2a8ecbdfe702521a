//===- tools/qwenc/Compile.h - from a file to a file -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_COMPILE_H
#define QWENC_TOOLS_QWENC_COMPILE_H

#include "tools/qwenc/Options.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// The command line is wrong (exit status 2), as opposed to the input (1).
struct UsageError : llvm::ErrorInfo<UsageError> {
  static char ID;
  explicit UsageError(std::string message) : message(std::move(message)) {}
  void log(llvm::raw_ostream &out) const override { out << message; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }
  std::string message;
};

/// Does what the options ask for. `program` is the path of this executable,
/// from which the sysroots are found.
llvm::Error compile(const Options &options, llvm::StringRef program);

} // namespace qwenc
#endif
