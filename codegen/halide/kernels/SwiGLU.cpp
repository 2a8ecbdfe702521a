//===- codegen/halide/kernels/SwiGLU.cpp - silu(gate) * up ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/Exponential.h"
#include "codegen/halide/kernels/GroupQuantizer.h"
#include "codegen/halide/kernels/Kernel.h"

using namespace Halide;

namespace qwenc::halide {
namespace {

/// x / y for y >= 1. Cores of Arm divide vectors one after the other (34 cycles each on
/// the older ones): there the estimate of 16 bits that fast_inverse is, and one more step
/// of Newton's iteration, which leaves an error of a few units in the last place.
Expr quotient(Expr x, Expr y, const Target &target) {
  if (target.arch != Target::ARM)
    return x / y;
  Expr estimate = fast_inverse(y);
  return x * (estimate * (2.0f - y * estimate));
}

/// Beyond the clamp 1 + e^-gate would not be finite; the quotient is then far
/// below any quantisation step.
Expr swiGLU(Expr gate, Expr up, const Target &target) {
  return quotient(gate, 1.0f + exponential(clamp(-gate, -87.0f, 87.0f), target), target) * up;
}

/// The chain of operations is long: with 32 registers four of them run side by side.
int vectorsAtOnce(const Target &target) { return target.arch == Target::ARM ? 4 : 2; }

} // namespace

Kernel buildSwiGLU(const HalideKernelSpec &, const Target &target) {
  ImageParam gate(Float(32), 2, "gate"), up(Float(32), 2, "up");
  Var n("n"), m("m");
  Func y("y");
  y(n, m) = swiGLU(gate(n, m), up(n, m), target);

  y.vectorize(n, vectorsAtOnce(target) * naturalLanes(target), TailStrategy::GuardWithIf);
  return {Pipeline(y), {gate, up}};
}

Kernel buildSwiGLUQuantize(const HalideKernelSpec &spec, const Target &target) {
  ImageParam gate(Float(32), 2, "gate"), up(Float(32), 2, "up");
  Var n("n"), m("m");
  Func h("h");
  h(n, m) = swiGLU(gate(n, m), up(n, m), target);
  const int group = static_cast<int>(spec.group);
  GroupQuantizer quantizer(h, spec, target);

  OutputImageParam out = h.output_buffer();
  out.dim(0).set_extent(out.dim(0).extent() / group * group);
  h.vectorize(n, vectorsAtOnce(target) * naturalLanes(target));
  quantizer.schedule(0);
  return {quantizer.outputs(h), {gate, up}};
}

} // namespace qwenc::halide
