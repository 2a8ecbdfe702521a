//===- codegen/halide/kernels/StoredHeads.cpp - heads on their way to KV --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/kernels/StoredHeads.h"

#include "codegen/halide/kernels/NearestInteger.h"

using namespace Halide;

namespace qwenc::halide {

//===----------------------------------------------------------------------===//
// StoreInputs
//===----------------------------------------------------------------------===//

StoreInputs::StoreInputs(const HalideKernelSpec &spec)
    : norms(spec.kind == HalideKernelKind::HeadNormRoPEKStore),
      turns(norms || spec.kind == HalideKernelKind::RoPEKStore), x(Float(32), 3, "x"),
      weight(Float(32), 1, "weight"), position("position"),
      rotary(position, static_cast<int>(spec.headDim) / 2) {
  int headDim = static_cast<int>(spec.headDim);
  x.dim(0).set_bounds(0, headDim);
  x.dim(1).set_stride(headDim);
  setConstantDim(weight.dim(0), headDim, 1);
}

RDom StoreInputs::range(int width) const {
  return RDom(0, width, x.dim(1).min(), x.dim(1).extent(), x.dim(2).min(), x.dim(2).extent());
}

std::vector<Argument> StoreInputs::arguments() const {
  std::vector<Argument> list = {x};
  if (norms)
    list.push_back(weight);
  if (turns)
    rotary.appendTo(list);
  else
    list.push_back(position);
  return list;
}

//===----------------------------------------------------------------------===//
// StoredHeads
//===----------------------------------------------------------------------===//

StoredHeads::StoredHeads(const HalideKernelSpec &spec, const StoreInputs &inputs)
    : headDim(static_cast<int>(spec.headDim)) {
  Var d("d"), h("h"), m("m");
  Func source = inputs.x;
  if (inputs.norms) {
    norm.emplace(source, inputs.weight, headDim, spec.eps, std::vector<Var>{h, m});
    source = norm->normalized;
  }
  if (inputs.turns)
    rope.emplace(source, inputs.rotary, headDim, spec.interleaved);
  value(d, h, m) = rope ? rope->element(d, h, m) : source(d, h, m);
}

void StoredHeads::scheduleAt(Func store, LoopLevel head, LoopLevel token, const Target &target) {
  int lanes = dividingLanes(headDim, naturalLanes(target));
  Var d = store.args()[0];
  store.compute_at(head);
  if (rope) {
    Var i("i"), side("side"), vec("vec"), h = store.args()[1], m = store.args()[2];
    if (rope->interleaved)
      store.split(d, i, side, 2);
    else
      store.split(d, side, i, headDim / 2);
    store.bound(d, 0, headDim)
        .split(i, i, vec, dividingLanes(headDim / 2, naturalLanes(target)))
        .reorder(vec, side, i, h, m)
        .vectorize(vec)
        .unroll(side);
    rope->scheduleAt(token, target);
  } else {
    store.vectorize(d, lanes);
  }
  if (norm) {
    norm->normalized.compute_at(head).vectorize(norm->normalized.args()[0], lanes);
    norm->scheduleAt(head);
  }
}

//===----------------------------------------------------------------------===//
// QuantizedHeads
//===----------------------------------------------------------------------===//

QuantizedHeads::QuantizedHeads(const HalideKernelSpec &spec, const StoreInputs &inputs)
    : headDim(static_cast<int>(spec.headDim)),
      groupSize(static_cast<int>(KVLayout::groupSize(spec.headDim))), heads(spec, inputs),
      r(0, groupSize) {
  // As activations (GroupQuantizer): below this the reciprocal would overflow.
  const float smallest = 1e-30f;
  absmax(g, h, m) = 0.0f;
  absmax(g, h, m) = max(absmax(g, h, m), abs(heads.value(g * groupSize + r, h, m)));
  scale(g, h, m) = select(absmax(g, h, m) < smallest, 0.0f, absmax(g, h, m) * (1.0f / 127.0f));
  inverse(g, h, m) = 1.0f / select(scale(g, h, m) > 0.0f, scale(g, h, m), 1e38f);
  code(d, h, m) = cast<int8_t>(nearestInteger(heads.value(d, h, m) * inverse(d / groupSize, h, m)));
}

void QuantizedHeads::scheduleAt(LoopLevel head, LoopLevel token, bool codes, const Target &target) {
  if (heads.transforms()) // else it is x, which need not be copied
    heads.scheduleAt(heads.value, head, token, target);
  absmax.compute_at(head);
  absmax.update().atomic().vectorize(r, dividingLanes(groupSize, 32));
  if (!codes)
    return;
  inverse.compute_at(head);
  code.compute_at(head).vectorize(d, dividingLanes(headDim, naturalLanes(target)));
}

} // namespace qwenc::halide
