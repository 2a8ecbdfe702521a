//===- tests/kernels/KernelCompiler.h - kernels to code that runs ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the real pipeline does to a kernel, alone: lowers the module, translates
// it, optimises and compiles it for a class.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TESTS_KERNELS_KERNELCOMPILER_H
#define QWENC_TESTS_KERNELS_KERNELCOMPILER_H

#include "ir/kernels/KernelSpec.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace qwenc {

/// What to compile: kernels of one class.
struct KernelBatch {
  KernelClass cls;
  std::vector<MatmulKernelSpec> matmuls;
  std::vector<WeightFormat> embeddings;
};

/// All formats, epilogues and both phases of a class with its default tiles.
KernelBatch allKernelsOf(KernelClass cls);

/// Compiles to assembly or to an object file (ELF) for the class's
/// architecture. `cpu` is an LLVM CPU name for scheduling and features beyond
/// the class's; empty: the architecture's baseline plus the class's features.
llvm::Expected<std::string> compileKernels(const KernelBatch &batch, llvm::StringRef cpu,
                                           bool assembly);

/// True if this machine runs code of the class.
bool hostRuns(KernelClass cls);

/// Compiles for this machine and loads the code.
llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> jitKernels(const KernelBatch &batch);

} // namespace qwenc
#endif
