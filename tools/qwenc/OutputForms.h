//===- tools/qwenc/OutputForms.h - what --emit writes ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_OUTPUTFORMS_H
#define QWENC_TOOLS_QWENC_OUTPUTFORMS_H

#include "codegen/CompileKernelSet.h"
#include "tools/qwenc/DumpIR.h"
#include "tools/qwenc/Jobs.h"

namespace qwenc {

// Of several jobs each writes a file of its own, with its label in the name.

/// Writes IR as text.
llvm::Error writeModule(const Options &options, const Job &job, mlir::ModuleOp module,
                        const IRDumper &dumper);

/// Writes an object file, assembly or LLVM IR, as the options ask.
llvm::Error writeCode(const Options &options, const Job &job, const KernelSet &set,
                      const IRDumper &dumper);

} // namespace qwenc
#endif
