//===- codegen/halide/kernels/Quantize.cpp - activations to int8 ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/GroupQuantizer.h"
#include "codegen/halide/kernels/Kernel.h"
#include "codegen/halide/kernels/RootMeanSquare.h"

using namespace Halide;

namespace qwenc::halide {

Kernel buildQuantize(const HalideKernelSpec &spec, const Target &target) {
  ImageParam x(Float(32), 2, "x");
  GroupQuantizer quantizer(x, spec, target);

  quantizer.schedule(0);
  return {quantizer.outputs(), {x}};
}

Kernel buildNormQuantize(const HalideKernelSpec &spec, const Target &target) {
  int width = static_cast<int>(spec.width);
  ImageParam x(Float(32), 2, "x"), weight(Float(32), 1, "weight");
  Var k("k"), m("m");
  Func normalized("normalized");
  RootMeanSquare norm(x, weight, width, spec.eps, {m});
  normalized(k, m) = norm.normalized(k, m);
  GroupQuantizer quantizer(normalized, spec, target);

  x.dim(0).set_bounds(0, width);
  setConstantDim(weight.dim(0), width, 1);
  normalized.output_buffer().dim(0).set_bounds(0, width);
  normalized.vectorize(k, dividingLanes(width, 2 * naturalLanes(target)));
  norm.scheduleAt({normalized, m});
  quantizer.schedule(width);
  return {quantizer.outputs(normalized), {x, weight}};
}

} // namespace qwenc::halide
