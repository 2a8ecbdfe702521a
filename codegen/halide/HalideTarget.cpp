//===- codegen/halide/HalideTarget.cpp - kernel classes for Halide --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/HalideTarget.h"

namespace qwenc::halide {
namespace {

using Halide::Target;

struct ClassRow {
  HalideTargetSpec::Arch arch;
  const char *name;
  std::vector<Target::Feature> features;
};

/// Kernels here need no integer dot products, so VNNI, dotprod and i8mm add nothing.
/// ARMFp16 is on for every AArch64 class although armv8-a lacks half
/// arithmetic: we only convert, fcvtl and fcvtn are in the baseline, and
/// without the feature Halide would build the conversion out of integers. A
/// test checks that nothing newer is emitted.
/// SVE classes run NEON code here: Halide has no SVE1 (neoverse-v1, a64fx), and its
/// SVE2 only for vectors of 128 bits, which are NEON's, and 256 (fujitsu-monaka).
const std::vector<ClassRow> &classRows() {
  using Arch = HalideTargetSpec::Arch;
  static const std::vector<ClassRow> rows = {
      {Arch::X86_64, "sse", {Target::SSE41}},
      {Arch::X86_64, "avx2", {Target::SSE41, Target::AVX, Target::F16C, Target::FMA, Target::AVX2}},
      {Arch::X86_64,
       "avx_vnni",
       {Target::SSE41, Target::AVX, Target::F16C, Target::FMA, Target::AVX2}},
      {Arch::X86_64,
       "avx512_vnni",
       {Target::SSE41, Target::AVX, Target::F16C, Target::FMA, Target::AVX2, Target::AVX512,
        Target::AVX512_Skylake}},
      {Arch::AArch64, "neon", {Target::ARMFp16}},
      {Arch::AArch64, "neon_dotprod", {Target::ARMFp16}},
      {Arch::AArch64, "sve256_dotprod", {Target::ARMFp16}},
      {Arch::AArch64, "sve512_dotprod", {Target::ARMFp16}},
      {Arch::AArch64, "neon_i8mm", {Target::ARMFp16}},
      {Arch::AArch64, "sve256_i8mm", {Target::ARMFp16}},
      {Arch::AArch64, "sve512_i8mm", {Target::ARMFp16}},
  };
  return rows;
}

} // namespace

Result<Target> resolveTarget(const HalideTargetSpec &spec) {
  for (const ClassRow &row : classRows()) {
    if (row.arch != spec.arch || row.name != spec.kernelClass)
      continue;
    bool isX86 = spec.arch == HalideTargetSpec::Arch::X86_64;
    Target target(Target::Linux, isX86 ? Target::X86 : Target::ARM, 64, row.features);
    target.set_feature(Target::NoRuntime);
    target.set_feature(Target::NoAsserts);
    target.set_feature(Target::NoBoundsQuery);
    return target;
  }
  return Failure{"no Halide target for kernel class '" + spec.kernelClass + "'"};
}

} // namespace qwenc::halide
