//===- codegen/halide/kernels/RotaryEmbedding.cpp - RoPE's core -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/RotaryEmbedding.h"

#include "codegen/halide/kernels/Kernel.h"

using namespace Halide;

namespace qwenc::halide {

RotaryInputs::RotaryInputs(Param<int32_t> position, int half)
    : position(position), cosLo(Float(32), 2, "cosLo"), sinLo(Float(32), 2, "sinLo"),
      cosHi(Float(32), 2, "cosHi"), sinHi(Float(32), 2, "sinHi") {
  for (ImageParam *table : {&cosLo, &sinLo, &cosHi, &sinHi}) {
    setConstantDim(table->dim(0), half, 1);
    table->dim(1).set_min(0);
    table->dim(1).set_stride(half);
  }
}

void RotaryInputs::appendTo(std::vector<Argument> &arguments) const {
  arguments.insert(arguments.end(), {cosLo, sinLo, cosHi, sinHi, position});
}

RotaryEmbedding::RotaryEmbedding(Func x, const RotaryInputs &inputs, int headDim, bool interleaved)
    : interleaved(interleaved), half(headDim / 2) {
  const auto &[position, cosLo, sinLo, cosHi, sinHi] = inputs;
  Expr low = (position + m) & 255;
  Expr high = (position + m) >> 8;
  cosine(i, m) = cosHi(i, high) * cosLo(i, low) - sinHi(i, high) * sinLo(i, low);
  sine(i, m) = sinHi(i, high) * cosLo(i, low) + cosHi(i, high) * sinLo(i, low);
  Expr first = interleaved ? x(2 * i, h, m) : x(i, h, m);
  Expr second = interleaved ? x(2 * i + 1, h, m) : x(i + half, h, m);
  pairs(i, side, h, m) = mux(side, {first * cosine(i, m) - second * sine(i, m),
                                    second * cosine(i, m) + first * sine(i, m)});
}

Expr RotaryEmbedding::element(Expr d, Expr h, Expr m) const {
  return interleaved ? pairs(d / 2, d % 2, h, m) : pairs(d % half, d / half, h, m);
}

void RotaryEmbedding::scheduleAt(LoopLevel level, const Target &target) {
  int lanes = dividingLanes(half, naturalLanes(target));
  cosine.compute_at(level).vectorize(i, lanes);
  sine.compute_at(level).vectorize(i, lanes);
}

} // namespace qwenc::halide
