//===- tools/qwenc/DiffReport.h - --diff-report ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_DIFFREPORT_H
#define QWENC_TOOLS_QWENC_DIFFREPORT_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace qwenc {

/// Prints two files of --report=FILE.json side by side: a table for each phase
/// with the kernels, tiles and modelled cycles of each operation, and totals.
/// CPUs of one name are compared; if there are none, those in the same place.
llvm::Error diffReports(llvm::StringRef before, llvm::StringRef after, llvm::raw_ostream &out);

} // namespace qwenc
#endif
