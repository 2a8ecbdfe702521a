//===- codegen/halide/kernels/GroupQuantizer.cpp - int8 by groups --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/GroupQuantizer.h"

#include "codegen/halide/kernels/Kernel.h"
#include "codegen/halide/kernels/NearestInteger.h"

using namespace Halide;

namespace qwenc::halide {

GroupQuantizer::GroupQuantizer(Func x, const HalideKernelSpec &spec, const Target &target)
    : groupSize(static_cast<int>(spec.group)), inGroup(0, groupSize) {
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
  q(k, m) = cast<int8_t>(nearestInteger(x(k, m) * inverse(k / stretch, m)));
  addSums("neg8", stretch, -8);
  if (spec.halves)
    addSums("halves", stretch / 2, -32);
  if (spec.scaled)
    scaled(g, m) = scale(g, m) * (cast<float>(sums.front().output(g, m)) * -0.125f);
}

void GroupQuantizer::addSums(const char *name, int columns, int factor) {
  RDom part(0, columns);
  Func sum(std::string(name) + "_sum"), output(name);
  sum(g, m) = 0;
  sum(g, m) += cast<int32_t>(q(g * columns + part, m));
  output(g, m) = sum(g, m) * factor;
  sums.push_back({columns, part, sum, output});
}

Pipeline GroupQuantizer::outputs(Func first) const {
  std::vector<Func> all;
  if (first.defined())
    all.push_back(first);
  all.insert(all.end(), {scale, q});
  for (const Sums &part : sums)
    all.push_back(part.output);
  if (scaled.defined())
    all.push_back(scaled);
  return Pipeline(all);
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
    for (Sums &part : sums)
      part.output.output_buffer().dim(0).set_bounds(0, width / part.columns);
    if (scaled.defined())
      scaled.output_buffer().dim(0).set_bounds(0, width / stretch);
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
  for (Sums &part : sums) {
    part.sum.compute_at(part.output, g);
    part.sum.update().atomic().vectorize(part.columnsOf);
  }
}

} // namespace qwenc::halide
