//===- tools/qwenc/PrintTargets.h - --print-targets ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_PRINTTARGETS_H
#define QWENC_TOOLS_QWENC_PRINTTARGETS_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace qwenc {

/// Writes a heading and a line for every CPU: name, kernel class, triple,
/// features, in columns.
llvm::Error printTargets(llvm::raw_ostream &out);

} // namespace qwenc
#endif
