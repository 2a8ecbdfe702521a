//===- codegen/halide/kernels/RootMeanSquare.h - the norm's core ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_ROOTMEANSQUARE_H
#define QWENC_CODEGEN_HALIDE_KERNELS_ROOTMEANSQUARE_H

#include <Halide.h>
#include <vector>

namespace qwenc::halide {

/// normalized(k, rest...) = x(k, rest...) / rms(x(., rest...)) * weight(k).
///
/// The squares are summed in a number of lanes that depends on the width only,
/// so all targets add in the same order.
class RootMeanSquare {
public:
  RootMeanSquare(Halide::Func x, Halide::Func weight, int width, float eps,
                 const std::vector<Halide::Var> &rest);

  /// Computes the row's factor once per iteration of `level`.
  void scheduleAt(Halide::LoopLevel level);

  Halide::Func normalized{"normalized"};

private:
  int lanes;
  Halide::Var lane{"lane"};
  Halide::RDom step, across;
  Halide::Func partial{"partial"}, total{"total"}, inverse{"inverse"};
};

} // namespace qwenc::halide
#endif
