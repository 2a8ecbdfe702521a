//===- codegen/halide/kernels/RotaryEmbedding.h - RoPE's core -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_ROTARYEMBEDDING_H
#define QWENC_CODEGEN_HALIDE_KERNELS_ROTARYEMBEDDING_H

#include <Halide.h>
#include <vector>

namespace qwenc::halide {

/// The angles of both tables and the position of token 0, as a kernel gets them.
struct RotaryInputs {
  RotaryInputs(Halide::Param<int32_t> position, int half);

  /// The four tables and the position, in the order of the C call.
  void appendTo(std::vector<Halide::Argument> &arguments) const;

  Halide::Param<int32_t> position;
  Halide::ImageParam cosLo, sinLo, cosHi, sinHi;
};

/// Turns pairs of a head's elements by position-dependent angles. The angle of
/// position p = 256 * high + low is the sum of two tabulated ones; the addition
/// theorem gives its cosine and sine.
class RotaryEmbedding {
public:
  /// `x` has the dimensions (d, h, m); token m is at `position + m`.
  RotaryEmbedding(Halide::Func x, const RotaryInputs &inputs, int headDim, bool interleaved);

  /// Computes a token's cosines and sines once per iteration of `level`.
  void scheduleAt(Halide::LoopLevel level, const Halide::Target &target);

  /// pairs(i, 0, h, m) and pairs(i, 1, h, m): the turned elements of pair i.
  Halide::Func pairs{"pairs"};
  /// The index among a head's elements of `pairs`' element d, and back.
  bool interleaved;
  int half;

  /// The turned element d of a head.
  Halide::Expr element(Halide::Expr d, Halide::Expr h, Halide::Expr m) const;

private:
  Halide::Var i{"i"}, side{"side"}, h{"h"}, m{"m"};
  Halide::Func cosine{"cosine"}, sine{"sine"};
};

} // namespace qwenc::halide
#endif
