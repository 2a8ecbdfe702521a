//===- codegen/halide/kernels/RoPE.cpp - rotary position embedding --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/Kernel.h"
#include "codegen/halide/kernels/RootMeanSquare.h"
#include "codegen/halide/kernels/RotaryEmbedding.h"

#include <optional>

using namespace Halide;

namespace qwenc::halide {

Kernel buildRoPE(const HalideKernelSpec &spec, const Target &target) {
  int headDim = static_cast<int>(spec.headDim);
  int half = headDim / 2;
  ImageParam x(Float(32), 3, "x"), weight(Float(32), 1, "weight");
  Param<int32_t> position("position");
  Var d("d"), h("h"), m("m");
  Func y("y");
  std::optional<RootMeanSquare> norm;
  if (spec.kind == HalideKernelKind::HeadNormRoPE)
    norm.emplace(x, weight, headDim, spec.eps, std::vector<Var>{h, m});
  RotaryInputs inputs(position, half);
  RotaryEmbedding rope(norm ? norm->normalized : Func(x), inputs, headDim, spec.interleaved);
  y(d, h, m) = rope.element(d, h, m);

  x.dim(0).set_bounds(0, headDim);
  x.dim(1).set_stride(headDim);
  setConstantDim(weight.dim(0), headDim, 1);
  y.output_buffer().dim(0).set_bounds(0, headDim);
  y.output_buffer().dim(1).set_stride(headDim);
  Var i("i"), side("side"), vec("vec");
  if (spec.interleaved)
    y.split(d, i, side, 2);
  else
    y.split(d, side, i, half);
  y.split(i, i, vec, dividingLanes(half, naturalLanes(target)))
      .reorder(vec, side, i, h, m)
      .vectorize(vec)
      .unroll(side);
  rope.scheduleAt({y, m}, target);
  std::vector<Argument> arguments = {x};
  if (norm) {
    norm->normalized.compute_at(y, h).vectorize(norm->normalized.args()[0],
                                                dividingLanes(headDim, naturalLanes(target)));
    norm->scheduleAt({y, h});
    arguments.push_back(weight);
  }
  inputs.appendTo(arguments);
  return {Pipeline(y), arguments};
}

} // namespace qwenc::halide
