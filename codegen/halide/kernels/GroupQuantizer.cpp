//===- codegen/halide/kernels/GroupQuantizer.cpp - int8 by groups --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/GroupQuantizer.h"

#include "codegen/halide/kernels/Kernel.h"

using namespace Halide;

namespace qwenc::halide {

GroupQuantizer::GroupQuantizer(Func x, int groupSize, const Target &target)
    : groupSize(groupSize), inGroup(0, groupSize), inStretch(0, stretch) {
  // Below this the reciprocal of the scale would overflow.
  const float smallest = 1e-30f;

  absmax(g, m) = 0.0f;
  absmax(g, m) = max(absmax(g, m), abs(x(g * groupSize + inGroup, m)));
  Expr most = absmax(g / (groupSize / stretch), m);
  Expr step = most * (1.0f / 127.0f);
  if (target.arch == Target::ARM)
    step = reinterpret<float>((reinterpret<uint32_t>(step) + 3) & ~Expr(uint32_t(3)));
  scale(g, m) = select(most < smallest, 0.0f, step);
  inverse(g, m) = 1.0f / select(scale(g, m) > 0.0f, scale(g, m), 1e38f);
  // No element is larger than the absolute maximum, and the rounding errors of scale and
  // reciprocal are far below half a step: within -127 .. 127 without a clamp.
  q(k, m) = cast<int8_t>(cast<int32_t>(round(x(k, m) * inverse(k / stretch, m))));
  sum(g, m) = 0;
  sum(g, m) += cast<int32_t>(q(g * stretch + inStretch, m));
  neg8(g, m) = sum(g, m) * -8;
}

/// Tells Halide that a dimension begins at and spans multiples of `unit`.
static void setMultiple(Internal::Dimension dim, int unit) {
  dim.set_min(dim.min() / unit * unit);
  dim.set_extent(dim.extent() / unit * unit);
}

void GroupQuantizer::schedule(int width) {
  const int stretches = groupSize / stretch;
  OutputImageParam out = q.output_buffer(), scales = scale.output_buffer();
  if (width) {
    out.dim(0).set_bounds(0, width);
    scales.dim(0).set_bounds(0, width / stretch);
    neg8.output_buffer().dim(0).set_bounds(0, width / stretch);
  } else {
    setMultiple(out.dim(0), groupSize);
    if (stretches > 1)
      setMultiple(scales.dim(0), stretches);
  }
  Var outer = g;
  if (stretches > 1) {
    outer = Var("outer");
    scale.split(g, outer, g, stretches, TailStrategy::RoundUp);
  }
  absmax.compute_at(scale, outer);
  absmax.update().atomic().vectorize(inGroup, 32);
  Var kg("kg"), ki("ki");
  q.split(k, kg, ki, stretch).vectorize(ki);
  inverse.compute_at(q, kg);
  sum.compute_at(neg8, g);
  sum.update().atomic().vectorize(inStretch);
}

} // namespace qwenc::halide
