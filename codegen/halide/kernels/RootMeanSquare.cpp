//===- codegen/halide/kernels/RootMeanSquare.cpp - the norm's core --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/RootMeanSquare.h"

#include "codegen/halide/kernels/Kernel.h"

using namespace Halide;

namespace qwenc::halide {

RootMeanSquare::RootMeanSquare(Func x, Func weight, int width, float eps,
                               const std::vector<Var> &rest)
    : lanes(dividingLanes(width, 64)), step(0, width / lanes), across(0, lanes) {
  Var k("k");
  auto at = [&](Expr first) {
    std::vector<Expr> index = {first};
    index.insert(index.end(), rest.begin(), rest.end());
    return index;
  };
  std::vector<Expr> row(rest.begin(), rest.end());

  Expr element = x(at(step * lanes + lane));
  partial(at(lane)) = 0.0f;
  partial(at(lane)) += element * element;
  total(row) = 0.0f;
  total(row) += partial(at(across));
  inverse(row) = 1.0f / sqrt(total(row) / float(width) + eps);
  normalized(at(k)) = x(at(k)) * inverse(row) * weight(k);
}

void RootMeanSquare::scheduleAt(LoopLevel level) {
  inverse.compute_at(level);
  total.compute_at(level);
  total.update().atomic().vectorize(across);
  partial.compute_at(level).vectorize(lane);
  partial.update().reorder(lane, step).vectorize(lane);
}

} // namespace qwenc::halide
