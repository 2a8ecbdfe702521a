//===- codegen/halide/KernelRegistry.cpp - kind to pipeline ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/KernelRegistry.h"

namespace qwenc::halide {
namespace {

using Kind = HalideKernelKind;

/// What a kind needs of its spec, and who builds it.
struct KernelRow {
  Kind kind;
  const char *name;
  int64_t widthMultiple;   // 0: width is not used
  int64_t headDimMultiple; // 0: headDim is not used
  bool usesRows;
  Kernel (*build)(const HalideKernelSpec &, const Halide::Target &);
};

constexpr KernelRow rows[] = {
    {Kind::RMSNorm, "RMSNorm", 1, 0, false, buildRMSNorm},
    {Kind::NormQuantize, "NormQuantize", 32, 0, false, buildNormQuantize},
    {Kind::Quantize, "Quantize", 0, 0, false, buildQuantize},
    {Kind::Add, "Add", 0, 0, false, buildAdd},
    {Kind::AddBias, "AddBias", 0, 0, false, buildAddBias},
    {Kind::HeadNorm, "HeadNorm", 0, 1, false, buildHeadNorm},
    {Kind::RoPE, "RoPE", 0, 2, false, buildRoPE},
    {Kind::HeadNormRoPE, "HeadNormRoPE", 0, 2, false, buildRoPE},
    {Kind::KStore, "KStore", 0, 1, false, buildKStore},
    {Kind::RoPEKStore, "RoPEKStore", 0, 2, false, buildKStore},
    {Kind::HeadNormRoPEKStore, "HeadNormRoPEKStore", 0, 2, false, buildKStore},
    {Kind::VStore, "VStore", 0, 1, false, buildVStore},
    {Kind::AttentionDecode, "AttentionDecode", 0, 1, true, buildAttention},
    {Kind::AttentionPrefill, "AttentionPrefill", 0, 1, true, buildAttention},
    {Kind::AttentionScores, "AttentionScores", 0, 1, true, buildAttentionScores},
    {Kind::AttentionValues, "AttentionValues", 1, 1, true, buildAttentionValues},
    {Kind::SwiGLU, "SwiGLU", 0, 0, false, buildSwiGLU},
    {Kind::SwiGLUQuantize, "SwiGLUQuantize", 0, 0, false, buildSwiGLUQuantize},
    {Kind::Argmax, "Argmax", 0, 0, false, buildArgmax},
    {Kind::TopExperts, "TopExperts", 1, 0, true, buildTopExperts},
    {Kind::ExpertSum, "ExpertSum", 0, 0, true, buildExpertSum},
    {Kind::SigmoidGate, "SigmoidGate", 1, 0, false, buildSigmoidGate},
};

bool isPositiveMultiple(int64_t value, int64_t multiple, int64_t most) {
  return value > 0 && value <= most && value % multiple == 0;
}

} // namespace

Result<Kernel> buildKernel(const HalideKernelSpec &spec, const Halide::Target &target) {
  for (const KernelRow &row : rows) {
    if (row.kind != spec.kind)
      continue;
    auto bad = [&](const char *field, int64_t value, int64_t multiple) {
      return Failure{std::string("Halide kernel ") + row.name + ": " + field + " is " +
                     std::to_string(value) + ", not a positive multiple of " +
                     std::to_string(multiple)};
    };
    if (row.widthMultiple && !isPositiveMultiple(spec.width, row.widthMultiple, 1 << 20))
      return bad("width", spec.width, row.widthMultiple);
    // Larger heads would not fit the kernels' stack.
    if (row.headDimMultiple && !isPositiveMultiple(spec.headDim, row.headDimMultiple, 512))
      return bad("headDim (at most 512)", spec.headDim, row.headDimMultiple);
    if (row.usesRows && !isPositiveMultiple(spec.rows, 1, 64))
      return bad("rows (at most 64)", spec.rows, 1);
    return row.build(spec, target);
  }
  return Failure{"unknown kind of Halide kernel"};
}

} // namespace qwenc::halide
