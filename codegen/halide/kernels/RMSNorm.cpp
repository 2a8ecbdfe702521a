//===- codegen/halide/kernels/RMSNorm.cpp - norms of rows and heads -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/Kernel.h"
#include "codegen/halide/kernels/RootMeanSquare.h"

using namespace Halide;

namespace qwenc::halide {

Kernel buildRMSNorm(const HalideKernelSpec &spec, const Target &target) {
  int width = static_cast<int>(spec.width);
  ImageParam x(Float(32), 2, "x"), weight(Float(32), 1, "weight");
  Var k("k"), m("m");
  Func y("y");
  RootMeanSquare norm(x, weight, width, spec.eps, {m});
  y(k, m) = norm.normalized(k, m);

  x.dim(0).set_bounds(0, width);
  setConstantDim(weight.dim(0), width, 1);
  y.output_buffer().dim(0).set_bounds(0, width);
  y.vectorize(k, dividingLanes(width, 2 * naturalLanes(target)));
  norm.scheduleAt({y, m});
  return {Pipeline(y), {x, weight}};
}

Kernel buildHeadNorm(const HalideKernelSpec &spec, const Target &target) {
  int headDim = static_cast<int>(spec.headDim);
  ImageParam x(Float(32), 3, "x"), weight(Float(32), 1, "weight");
  Var d("d"), h("h"), m("m");
  Func y("y");
  RootMeanSquare norm(x, weight, headDim, spec.eps, {h, m});
  y(d, h, m) = norm.normalized(d, h, m);

  x.dim(0).set_bounds(0, headDim);
  x.dim(1).set_stride(headDim);
  setConstantDim(weight.dim(0), headDim, 1);
  y.output_buffer().dim(0).set_bounds(0, headDim);
  y.output_buffer().dim(1).set_stride(headDim);
  y.vectorize(d, dividingLanes(headDim, 2 * naturalLanes(target)));
  norm.scheduleAt({y, h});
  return {Pipeline(y), {x, weight}};
}

} // namespace qwenc::halide
