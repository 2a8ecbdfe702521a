//===- tests/kernels/KernelRunner.h - runs cases here or under qemu -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_TESTS_KERNELS_KERNELRUNNER_H
#define QWENC_TESTS_KERNELS_KERNELRUNNER_H

#include "tests/kernels/KernelCase.h"
#include "tests/kernels/KernelCompiler.h"

namespace qwenc {

/// Runs the cases in this process; their buffers hold the results.
llvm::Error runNative(const KernelBatch &batch, std::vector<KernelCase> &cases);

/// An emulated CPU.
struct QemuCpu {
  std::string name; ///< as qemu takes it, with properties
  int sveBits = 0;  ///< length of its SVE vectors; not checked for classes without SVE
};

/// Links the kernels with QemuMain.c and runs the cases on the CPU, SVE classes
/// with vectors of their own length. Needs aarch64-linux-gnu-gcc and qemu-aarch64.
llvm::Error runUnderQemu(const KernelBatch &batch, const QemuCpu &cpu,
                         std::vector<KernelCase> &cases);

/// True if the tools of runUnderQemu are installed.
bool hasQemu();

} // namespace qwenc
#endif
