//===- runtime/core/KernelSelection.h - which compiled code fits this CPU --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CORE_KERNELSELECTION_H
#define QWENC_RUNTIME_CORE_KERNELSELECTION_H

#include "runtime/abi/ModelAbi.h"
#include "runtime/core/CpuFeatures.h"
#include "support/Result.h"

namespace qwenc::rt {

/// The first kernel set of `model` (best first) whose features `cpu` has and
/// whose exact SVE length, if it names one, can be set: longer vectors than any
/// code was compiled for are made shorter. The failure names for every set what is
/// missing.
Result<const QwenKernelSet *> selectKernelSet(const QwenModel &model, const CpuFeatures &cpu);

} // namespace qwenc::rt
#endif
