//===- codegen/halide/kernels/KVStore.cpp - rows into the KV cache --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The caches are outputs of which only some elements change, so their pure
// definitions are undefined and an update walks over the input's own range.
// V is stored as it comes; K goes into blocks of 16 positions, in which the
// positions are innermost: attention's scores vectorise over them.
//===----------------------------------------------------------------------===//
#include "codegen/halide/kernels/HalfFloat.h"
#include "codegen/halide/kernels/Kernel.h"
#include "codegen/halide/kernels/RootMeanSquare.h"
#include "codegen/halide/kernels/RotaryEmbedding.h"

#include <optional>

using namespace Halide;

namespace qwenc::halide {

Kernel buildKStore(const HalideKernelSpec &spec, const Target &target) {
  int headDim = static_cast<int>(spec.headDim);
  ImageParam x(Float(32), 3, "x"), weight(Float(32), 1, "weight");
  Param<int32_t> position("position");
  Var d("d"), h("h"), m("m"), slot("slot"), block("block");
  std::optional<RootMeanSquare> norm;
  std::optional<RotaryEmbedding> rope;
  Func source = x, value("value"), kcache("kcache");
  if (spec.kind == HalideKernelKind::HeadNormRoPEKStore) {
    norm.emplace(source, weight, headDim, spec.eps, std::vector<Var>{h, m});
    source = norm->normalized;
  }
  if (spec.kind != HalideKernelKind::KStore)
    rope.emplace(source, position, headDim, spec.interleaved);
  value(d, h, m) = floatToHalf(rope ? rope->element(d, h, m) : source(d, h, m), target);
  RDom r(0, headDim, x.dim(1).min(), x.dim(1).extent(), x.dim(2).min(), x.dim(2).extent());
  Expr token = position + r.z;
  kcache(slot, d, block, h) = undef<uint16_t>();
  kcache(token & 15, r.x, token >> 4, r.y) = value(r.x, r.y, r.z);

  x.dim(0).set_bounds(0, headDim);
  x.dim(1).set_stride(headDim);
  setConstantDim(weight.dim(0), headDim, 1);
  OutputImageParam out = kcache.output_buffer();
  setConstantDim(out.dim(0), 16, 1);
  setConstantDim(out.dim(1), headDim, 16);
  out.dim(2).set_min(0).set_stride(16 * headDim);
  int lanes = dividingLanes(headDim, naturalLanes(target));
  kcache.update().unroll(r.x, 16 <= headDim && headDim % 16 == 0 ? 16 : 1);
  std::vector<Argument> arguments = {x};
  value.compute_at(kcache, r.y);
  if (rope) {
    Var i("i"), side("side"), vec("vec");
    if (spec.interleaved)
      value.split(d, i, side, 2);
    else
      value.split(d, side, i, headDim / 2);
    value.bound(d, 0, headDim)
        .split(i, i, vec, dividingLanes(headDim / 2, naturalLanes(target)))
        .reorder(vec, side, i, h, m)
        .vectorize(vec)
        .unroll(side);
    rope->scheduleAt({kcache, r.z}, target);
  } else {
    value.vectorize(d, lanes);
  }
  if (norm) {
    norm->normalized.compute_at(kcache, r.y).vectorize(norm->normalized.args()[0], lanes);
    norm->scheduleAt({kcache, r.y});
    arguments.push_back(weight);
  }
  if (rope)
    rope->appendArguments(arguments);
  else
    arguments.push_back(position);
  return {Pipeline(kcache), arguments};
}

Kernel buildVStore(const HalideKernelSpec &spec, const Target &target) {
  int headDim = static_cast<int>(spec.headDim);
  ImageParam x(Float(32), 3, "x");
  Param<int32_t> position("position");
  Var d("d"), t("t"), h("h");
  Func vcache("vcache");
  RDom r(0, headDim, x.dim(1).min(), x.dim(1).extent(), x.dim(2).min(), x.dim(2).extent());
  vcache(d, t, h) = undef<uint16_t>();
  vcache(r.x, position + r.z, r.y) = floatToHalf(x(r.x, r.y, r.z), target);

  x.dim(0).set_bounds(0, headDim);
  x.dim(1).set_stride(headDim);
  OutputImageParam out = vcache.output_buffer();
  setConstantDim(out.dim(0), headDim, 1);
  out.dim(1).set_min(0).set_stride(headDim);
  vcache.update().vectorize(r.x, dividingLanes(headDim, naturalLanes(target)));
  return {Pipeline(vcache), {x, position}};
}

} // namespace qwenc::halide
