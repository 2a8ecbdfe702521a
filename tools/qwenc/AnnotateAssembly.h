//===- tools/qwenc/AnnotateAssembly.h - what a function is for -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_ANNOTATEASSEMBLY_H
#define QWENC_TOOLS_QWENC_ANNOTATEASSEMBLY_H

#include "codegen/CompileKernelSet.h"

namespace qwenc {

/// The assembly of a set, with comments before each function that tell which
/// operations of a step call it, with the tensors they read, and its tile.
std::string annotateAssembly(const KernelSet &set);

/// The lines of assembly between the label of `symbol` and the function's end
/// that are instructions; 0 if the text does not define it.
unsigned countInstructions(const KernelSet &set, llvm::StringRef symbol);

} // namespace qwenc
#endif
