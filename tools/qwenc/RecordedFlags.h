//===- tools/qwenc/RecordedFlags.h - the flags that decide an output -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A dump opens with the command that reproduces it, and an executable carries
// the flags it was made with. Both hold the flags that change what is compiled,
// in one spelling and order, and none of those that say where it goes.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_RECORDEDFLAGS_H
#define QWENC_TOOLS_QWENC_RECORDEDFLAGS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace qwenc {

/// The flags among `args` that change what is compiled, as `--name=value` or
/// `--name`, ordered by name. Those that name the target (--mcpu, --mtriple,
/// --mattr) are left out unless `target`. Our options must be registered.
std::vector<std::string> recordFlags(llvm::ArrayRef<std::string> args, bool target);

/// "mcpu" of "--mcpu=neoverse-n2".
llvm::StringRef flagName(llvm::StringRef flag);

/// An argument as a shell takes it back: in quotes if it must be.
std::string quoteForShell(llvm::StringRef argument);

} // namespace qwenc
#endif
