//===- tools/qwenc/PrintKernels.h - --print-kernels ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_PRINTKERNELS_H
#define QWENC_TOOLS_QWENC_PRINTKERNELS_H

#include "llvm/Support/raw_ostream.h"

namespace qwenc {

/// Writes a line for each class of CPUs, weight format and phase: the name of the
/// matrix kernel that serves it without a better choice, and what it is.
void printKernels(llvm::raw_ostream &out);

} // namespace qwenc
#endif
