//===- codegen/halide/kernels/GroupQuantizer.cpp - int8 by groups of 32 ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/GroupQuantizer.h"

#include "codegen/halide/kernels/Kernel.h"

using namespace Halide;

namespace qwenc::halide {

GroupQuantizer::GroupQuantizer(Func x, const Target &target) : r(0, groupSize) {
  // Below this the reciprocal of the scale would overflow.
  const float smallest = 1e-30f;

  absmax(g, m) = 0.0f;
  absmax(g, m) = max(absmax(g, m), abs(x(g * groupSize + r, m)));
  Expr step = absmax(g, m) * (1.0f / 127.0f);
  if (target.arch == Target::ARM)
    step = reinterpret<float>((reinterpret<uint32_t>(step) + 3) & ~Expr(uint32_t(3)));
  scale(g, m) = select(absmax(g, m) < smallest, 0.0f, step);
  inverse(g, m) = 1.0f / select(scale(g, m) > 0.0f, scale(g, m), 1e38f);
  Expr rounded = round(x(k, m) * inverse(k / groupSize, m));
  q(k, m) = cast<int8_t>(clamp(rounded, -127.0f, 127.0f));
  sum(g, m) = 0;
  sum(g, m) += cast<int32_t>(q(g * groupSize + r, m));
  neg8(g, m) = sum(g, m) * -8;
}

void GroupQuantizer::schedule(int width) {
  OutputImageParam out = q.output_buffer();
  if (width) {
    out.dim(0).set_bounds(0, width);
    scale.output_buffer().dim(0).set_bounds(0, width / groupSize);
    neg8.output_buffer().dim(0).set_bounds(0, width / groupSize);
  } else {
    out.dim(0).set_min(out.dim(0).min() / groupSize * groupSize);
    out.dim(0).set_extent(out.dim(0).extent() / groupSize * groupSize);
  }
  absmax.compute_at(scale, g);
  absmax.update().atomic().vectorize(r);
  Var kg("kg"), ki("ki");
  q.split(k, kg, ki, groupSize).vectorize(ki);
  inverse.compute_at(q, kg);
  sum.compute_at(neg8, g);
  sum.update().atomic().vectorize(r);
}

} // namespace qwenc::halide
