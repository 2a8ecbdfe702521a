//===- codegen/halide/kernels/Elementwise.cpp - residual and bias ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/Kernel.h"

using namespace Halide;

namespace qwenc::halide {

Kernel buildAdd(const HalideKernelSpec &, const Target &target) {
  ImageParam a(Float(32), 2, "a"), b(Float(32), 2, "b");
  Var n("n"), m("m");
  Func y("y");
  y(n, m) = a(n, m) + b(n, m);

  y.vectorize(n, 2 * naturalLanes(target), TailStrategy::GuardWithIf);
  return {Pipeline(y), {a, b}};
}

Kernel buildAddBias(const HalideKernelSpec &, const Target &target) {
  ImageParam x(Float(32), 2, "x"), bias(Float(32), 1, "bias");
  Var n("n"), m("m");
  Func y("y");
  y(n, m) = x(n, m) + bias(n);

  y.vectorize(n, 2 * naturalLanes(target), TailStrategy::GuardWithIf);
  return {Pipeline(y), {x, bias}};
}

} // namespace qwenc::halide
