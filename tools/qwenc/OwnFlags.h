//===- tools/qwenc/OwnFlags.h - our flags among those of libraries ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Libraries inside libLLVM register flags in the same table as we do, some of
// them under our names, some of them late.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_OWNFLAGS_H
#define QWENC_TOOLS_QWENC_OWNFLAGS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"

namespace qwenc {

/// Makes libraries give up flags that have a name of ours. Comes before ours are made.
void claimFlags(llvm::ArrayRef<llvm::StringRef> names);

/// Leaves the flags of LLVM and MLIR to --help-hidden.
void hideOtherFlags(const llvm::cl::OptionCategory &ours);

/// Takes flags of ours from the table before they end: lld registers names of
/// ours again.
template <typename... Flags> void releaseFlags(Flags &...flags) { (flags.removeArgument(), ...); }

} // namespace qwenc
#endif
