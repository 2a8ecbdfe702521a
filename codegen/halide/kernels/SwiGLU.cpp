//===- codegen/halide/kernels/SwiGLU.cpp - silu(gate) * up ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/Exponential.h"
#include "codegen/halide/kernels/GroupQuantizer.h"
#include "codegen/halide/kernels/Kernel.h"

using namespace Halide;

namespace qwenc::halide {
namespace {

/// Beyond the clamp 1 + e^-gate would not be finite; the quotient is then far
/// below any quantisation step.
Expr swiGLU(Expr gate, Expr up, const Target &target) {
  return gate / (1.0f + exponential(clamp(-gate, -87.0f, 87.0f), target)) * up;
}

} // namespace

Kernel buildSwiGLU(const HalideKernelSpec &, const Target &target) {
  ImageParam gate(Float(32), 2, "gate"), up(Float(32), 2, "up");
  Var n("n"), m("m");
  Func y("y");
  y(n, m) = swiGLU(gate(n, m), up(n, m), target);

  y.vectorize(n, 2 * naturalLanes(target), TailStrategy::GuardWithIf);
  return {Pipeline(y), {gate, up}};
}

Kernel buildSwiGLUQuantize(const HalideKernelSpec &spec, const Target &target) {
  ImageParam gate(Float(32), 2, "gate"), up(Float(32), 2, "up");
  Var n("n"), m("m");
  Func h("h");
  h(n, m) = swiGLU(gate(n, m), up(n, m), target);
  const int group = static_cast<int>(spec.group);
  GroupQuantizer quantizer(h, group, target);

  OutputImageParam out = h.output_buffer();
  out.dim(0).set_extent(out.dim(0).extent() / group * group);
  h.vectorize(n, 2 * naturalLanes(target));
  quantizer.schedule(0);
  return {Pipeline({h, quantizer.scale, quantizer.q, quantizer.neg8}), {gate, up}};
}

} // namespace qwenc::halide
