//===- codegen/halide/kernels/KVStore.cpp - rows into the KV cache --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The caches are outputs of which only some elements change, so their pure
// definitions are undefined and an update walks over the input's own range.
// V is stored as it comes; K goes into blocks of 16 positions, in which the
// positions are innermost: attention's scores vectorise over them. In q8 the
// codes and the scales are two outputs, each with loops of its own, so the few
// heads are normed and turned twice.
//===----------------------------------------------------------------------===//
#include "codegen/halide/kernels/HalfFloat.h"
#include "codegen/halide/kernels/StoredHeads.h"

using namespace Halide;

namespace qwenc::halide {
namespace {

/// Planes of blocks of 16 positions, each `width` x 16.
void constrainBlocks(Func cache, int width) {
  OutputImageParam out = cache.output_buffer();
  setConstantDim(out.dim(0), 16, 1);
  setConstantDim(out.dim(1), width, 16);
  out.dim(2).set_min(0).set_stride(16 * width);
}

/// Planes of rows of `width`.
void constrainRows(Func cache, int width) {
  OutputImageParam out = cache.output_buffer();
  setConstantDim(out.dim(0), width, 1);
  out.dim(1).set_min(0).set_stride(width);
}

/// cache(.., d, ..) of each token of the call = value(d, h, m).
RDom storeBlocks(Func cache, Func value, const StoreInputs &inputs, int width) {
  Var slot("slot"), d("d"), block("block"), h("h");
  RDom r = inputs.range(width);
  Expr token = inputs.position + r.z;
  cache(slot, d, block, h) = undef(value.type());
  cache(token & 15, r.x, token >> 4, r.y) = value(r.x, r.y, r.z);
  constrainBlocks(cache, width);
  return r;
}

RDom storeRows(Func cache, Func value, const StoreInputs &inputs, int width) {
  Var d("d"), t("t"), h("h");
  RDom r = inputs.range(width);
  cache(d, t, h) = undef(value.type());
  cache(r.x, inputs.position + r.z, r.y) = value(r.x, r.y, r.z);
  constrainRows(cache, width);
  return r;
}

Kernel buildQuantizedStore(const HalideKernelSpec &spec, const Target &target) {
  bool isValue = spec.kind == HalideKernelKind::VStore;
  int headDim = static_cast<int>(spec.headDim);
  int groups = static_cast<int>(KVLayout::groups(headDim));
  StoreInputs inputs(spec);
  QuantizedHeads forCodes(spec, inputs), forScales(spec, inputs);
  Func cache(isValue ? "vcache" : "kcache"), scales(isValue ? "vscale" : "kscale");
  auto store = isValue ? storeRows : storeBlocks;

  RDom r = store(cache, forCodes.code, inputs, headDim);
  forCodes.scheduleAt({cache, r.y}, {cache, r.z}, /*codes=*/true, target);
  if (isValue)
    cache.update().vectorize(r.x, dividingLanes(headDim, naturalLanes(target)));
  else
    cache.update().unroll(r.x, headDim % 16 == 0 ? 16 : 1);

  r = store(scales, forScales.scale, inputs, groups);
  forScales.scheduleAt({scales, r.y}, {scales, r.z}, /*codes=*/false, target);
  return {Pipeline({cache, scales}), inputs.arguments()};
}

} // namespace

Kernel buildKStore(const HalideKernelSpec &spec, const Target &target) {
  if (spec.cache == KVFormat::Q8)
    return buildQuantizedStore(spec, target);
  int headDim = static_cast<int>(spec.headDim);
  StoreInputs inputs(spec);
  StoredHeads heads(spec, inputs);
  Var d("d"), h("h"), m("m");
  Func half("half"), kcache("kcache");
  half(d, h, m) = floatToHalf(heads.value(d, h, m), target);
  RDom r = storeBlocks(kcache, half, inputs, headDim);
  kcache.update().unroll(r.x, headDim % 16 == 0 ? 16 : 1);
  heads.scheduleAt(half, {kcache, r.y}, {kcache, r.z}, target);
  return {Pipeline(kcache), inputs.arguments()};
}

Kernel buildVStore(const HalideKernelSpec &spec, const Target &target) {
  if (spec.cache == KVFormat::Q8)
    return buildQuantizedStore(spec, target);
  int headDim = static_cast<int>(spec.headDim);
  StoreInputs inputs(spec);
  Var d("d"), h("h"), m("m");
  Func half("half"), vcache("vcache");
  half(d, h, m) = floatToHalf(inputs.x(d, h, m), target);
  RDom r = storeRows(vcache, half, inputs, headDim);
  vcache.update().vectorize(r.x, dividingLanes(headDim, naturalLanes(target)));
  return {Pipeline(vcache), inputs.arguments()};
}

} // namespace qwenc::halide
