//===- codegen/halide/kernels/Argmax.cpp - the largest of a range ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each lane keeps its largest value so far and where it was; the lanes meet at
// the end. Lanes past the end repeat the last element, which changes nothing.
//===----------------------------------------------------------------------===//
#include "codegen/halide/kernels/Kernel.h"

#include <limits>

using namespace Halide;

namespace qwenc::halide {

Kernel buildArgmax(const HalideKernelSpec &, const Target &target) {
  const int lanes = 4 * naturalLanes(target);
  const float lowest = -std::numeric_limits<float>::infinity();
  ImageParam x(Float(32), 1, "x");
  Var lane("lane"), i("i");
  Func best("best"), value("value"), index("index"), overall("overall");

  Expr begin = x.dim(0).min(), end = begin + x.dim(0).extent();
  RDom block(0, (x.dim(0).extent() + lanes - 1) / lanes, "block");
  Expr at = min(begin + block * lanes + lane, end - 1);
  best(lane) = Tuple(lowest, begin);
  // Strictly larger: of equal ones the first stays.
  Expr larger = x(at) > best(lane)[0];
  best(lane) = Tuple(select(larger, x(at), best(lane)[0]), select(larger, at, best(lane)[1]));
  RDom r(0, lanes, "r");
  Expr found = best(r)[0], where = best(r)[1];
  overall() = Tuple(lowest, begin);
  Expr wins = found > overall()[0] || (found == overall()[0] && where < overall()[1]);
  overall() = Tuple(select(wins, found, overall()[0]), select(wins, where, overall()[1]));
  value(i) = overall()[0];
  index(i) = overall()[1];

  best.compute_root().store_in(MemoryType::Stack).bound(lane, 0, lanes).vectorize(lane);
  best.update().reorder(lane, block).vectorize(lane);
  overall.compute_root().store_in(MemoryType::Stack);
  setConstantDim(value.output_buffer().dim(0), 1, 1);
  setConstantDim(index.output_buffer().dim(0), 1, 1);
  return {Pipeline({value, index}), {x}};
}

} // namespace qwenc::halide
