//===- codegen/halide/kernels/GroupQuantizer.h - int8 by groups -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_GROUPQUANTIZER_H
#define QWENC_CODEGEN_HALIDE_KERNELS_GROUPQUANTIZER_H

#include "ir/kernels/HalideKernelSpec.h"

#include <Halide.h>
#include <vector>

namespace qwenc::halide {

/// Rows of floats to three outputs or more, one pass each, because Halide realises
/// each output by loops of its own:
///
///   scale(g, m) = max |x(32g .. 32g+31, m)| / 127, or the maximum of the longer
///                 group that these 32 are in
///   q(k, m)     = x(k, m) / scale(k/32, m), to nearest even
///   neg8(g, m)  = -8 * sum q(32g .. 32g+31, m)
///   halves(h, m) = -32 * sum q(16h .. 16h+15, m)     if the spec wants them
///   scaled(g, m) = scale(g, m) * sum q(32g .. 32g+31, m), of neg8   alike
///
/// On AArch64 the scale is rounded up to 22 significant bits: two less than fp32 has
/// let kernels scale a sum by one fused multiply-add (microkernel/ScaleEpilogue.h).
/// Up, so that the largest value is within 127 steps.
class GroupQuantizer {
public:
  /// Columns for which a scale and a sum are stored.
  static constexpr int stretch = 32;

  /// Of `spec`: `group`, a multiple of `stretch`, and which sums are wanted.
  GroupQuantizer(Halide::Func x, const HalideKernelSpec &spec, const Halide::Target &target);

  /// `width`: the constant length of a row, or 0 for a range of groups.
  void schedule(int width);

  /// The outputs in their order, after `first` if there is one.
  Halide::Pipeline outputs(Halide::Func first = {}) const;

private:
  /// An output made of the sums of so many columns each.
  struct Sums {
    int columns;
    Halide::RDom columnsOf;
    Halide::Func sum, output;
  };

  int groupSize;
  Halide::Var k{"k"}, g{"g"}, m{"m"};
  Halide::RDom inGroup;
  Halide::Func absmax{"absmax"}, inverse{"inverse"}, scale{"scale"}, q{"q"}, scaled{"scaled"};
  std::vector<Sums> sums; ///< neg8, then the others

  /// Adds an output: `factor` times the sums.
  void addSums(const char *name, int columns, int factor);
};

} // namespace qwenc::halide
#endif
