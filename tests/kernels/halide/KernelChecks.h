//===- tests/kernels/halide/KernelChecks.h - kernels against scalar code --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs natively and, linked with AArch64 kernels, under qemu, so it depends on
// nothing but the C++ library. A check prints its worst element on failure.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TESTS_KERNELS_HALIDE_KERNELCHECKS_H
#define QWENC_TESTS_KERNELS_HALIDE_KERNELCHECKS_H

#include "ir/kernels/HalideKernelSpec.h"

#include <span>

namespace qwenc::test {

/// Address of a kernel; a check casts it to its real type.
using KernelFn = void (*)();

/// A kernel's symbol and address; the emitter writes a table of them.
struct KernelEntry {
  const char *symbol;
  KernelFn function;
};

/// The kernels that the checks call, each with a symbol of its own.
std::vector<HalideKernelSpec> checkedKernels();

/// Each calls the kernel on random data and compares. False: it printed why.
bool checkRows(const HalideKernelSpec &spec, KernelFn function);
bool checkHeads(const HalideKernelSpec &spec, KernelFn function);
bool checkArgmax(const HalideKernelSpec &spec, KernelFn function);
bool checkAttention(const HalideKernelSpec &spec, KernelFn function);
bool checkDividedAttention(const HalideKernelSpec &spec, KernelFn function);
bool checkExperts(const HalideKernelSpec &spec, KernelFn function);

} // namespace qwenc::test
#endif
