//===- tests/kernels/halide/RunKernelChecks.cpp - all checks of a target --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernels/halide/KernelChecks.h"

#include <cstdio>
#include <cstring>

namespace qwenc::test {
/// Written by qwen-emit-checked-kernels, ends with a null symbol.
extern "C" const KernelEntry checkedKernelTable[];

static bool checkKernel(const HalideKernelSpec &spec, KernelFn function) {
  switch (spec.kind) {
  case HalideKernelKind::RMSNorm:
  case HalideKernelKind::NormQuantize:
  case HalideKernelKind::Quantize:
  case HalideKernelKind::Add:
  case HalideKernelKind::AddBias:
  case HalideKernelKind::SwiGLU:
  case HalideKernelKind::SwiGLUQuantize:
    return checkRows(spec, function);
  case HalideKernelKind::HeadNorm:
  case HalideKernelKind::RoPE:
  case HalideKernelKind::HeadNormRoPE:
  case HalideKernelKind::KStore:
  case HalideKernelKind::RoPEKStore:
  case HalideKernelKind::HeadNormRoPEKStore:
  case HalideKernelKind::VStore:
    return checkHeads(spec, function);
  case HalideKernelKind::Argmax:
    return checkArgmax(spec, function);
  case HalideKernelKind::AttentionDecode:
  case HalideKernelKind::AttentionPrefill:
    return checkAttention(spec, function);
  case HalideKernelKind::AttentionScores:
  case HalideKernelKind::AttentionValues:
    return checkDividedAttention(spec, function);
  case HalideKernelKind::TopExperts:
  case HalideKernelKind::ExpertSum:
  case HalideKernelKind::SigmoidGate:
    return checkExperts(spec, function);
  }
  return false;
}

} // namespace qwenc::test

using namespace qwenc;
using namespace qwenc::test;

/// With an argument: only symbols that contain it.
int main(int argc, char **argv) {
  int failed = 0, run = 0;
  bool checked[kHalideKernelKinds] = {};
  for (const HalideKernelSpec &spec : checkedKernels()) {
    if (argc > 1 && !strstr(spec.symbol.c_str(), argv[1]))
      continue;
    const KernelEntry *entry = checkedKernelTable;
    while (entry->symbol && spec.symbol != entry->symbol)
      ++entry;
    ++run;
    checked[static_cast<int>(spec.kind)] = true;
    if (!entry->symbol) {
      std::printf("%s: not in the table\n", spec.symbol.c_str());
      ++failed;
    } else if (!checkKernel(spec, entry->function)) {
      ++failed;
    }
  }
  for (int kind = 0; argc == 1 && kind < kHalideKernelKinds; ++kind)
    if (!checked[kind]) {
      std::printf("checkedKernels() has no kernel of kind %d of HalideKernelSpec.h\n", kind);
      ++failed;
    }
  std::printf("%d kernels, %d failed\n", run, failed);
  return failed || !run ? 1 : 0;
}
