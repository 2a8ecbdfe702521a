//===- runtime/core/KernelSelection.cpp - which code fits this CPU ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/KernelSelection.h"

namespace qwenc::rt {
namespace {

/// What keeps `set` from running on `cpu`; empty if nothing does.
std::string whatIsMissing(const QwenKernelSet &set, const CpuFeatures &cpu) {
  std::string missing = joinCpuFeatureNames(set.features & ~cpu.mask);
  if (set.vector_bits != 0 && !cpu.hasSveLength(set.vector_bits)) {
    if (!missing.empty())
      missing += ", ";
    missing += "SVE vectors of " + std::to_string(set.vector_bits) + " bits";
    if (cpu.sveVectorBits != 0)
      missing += " (here " + std::to_string(cpu.sveVectorBits) + ")";
  }
  return missing;
}

} // namespace

Result<const QwenKernelSet *> selectKernelSet(const QwenModel &model, const CpuFeatures &cpu) {
  std::string reasons;
  for (uint32_t index = 0; index < model.kernel_set_count; ++index) {
    const QwenKernelSet &set = model.kernel_sets[index];
    std::string missing = whatIsMissing(set, cpu);
    if (missing.empty())
      return &set;
    if (!reasons.empty())
      reasons += "; ";
    reasons += std::string("code for ") + set.cpu + " needs " + missing;
  }
  return Failure{"this CPU lacks features that the program was compiled for: " + reasons +
                 "; compile the model again with --mcpu=native or --mcpu=generic"};
}

} // namespace qwenc::rt
