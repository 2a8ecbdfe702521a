//===- codegen/halide/kernels/GroupQuantizer.h - int8 by groups -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_GROUPQUANTIZER_H
#define QWENC_CODEGEN_HALIDE_KERNELS_GROUPQUANTIZER_H

#include <Halide.h>

namespace qwenc::halide {

/// Rows of floats to three outputs, one pass each, because Halide realises each
/// output by loops of its own:
///
///   scale(g, m) = max |x(32g .. 32g+31, m)| / 127, or the maximum of the longer
///                 group that these 32 are in
///   q(k, m)     = x(k, m) / scale(k/32, m), to nearest even
///   neg8(g, m)  = -8 * sum q(32g .. 32g+31, m)
///
/// On AArch64 the scale is rounded up to 22 significant bits: two less than fp32 has
/// let kernels scale a sum by one fused multiply-add (microkernel/ScaleEpilogue.h).
/// Up, so that the largest value is within 127 steps.
class GroupQuantizer {
public:
  /// Columns for which a scale and a sum are stored.
  static constexpr int stretch = 32;

  /// `groupSize`: columns that share a scale, a multiple of `stretch`.
  GroupQuantizer(Halide::Func x, int groupSize, const Halide::Target &target);

  /// `width`: the constant length of a row, or 0 for a range of groups.
  void schedule(int width);

  Halide::Func scale{"scale"}, q{"q"}, neg8{"neg8"};

private:
  int groupSize;
  Halide::Var k{"k"}, g{"g"}, m{"m"};
  Halide::RDom inGroup, inStretch;
  Halide::Func absmax{"absmax"}, inverse{"inverse"}, sum{"sum"};
};

} // namespace qwenc::halide
#endif
