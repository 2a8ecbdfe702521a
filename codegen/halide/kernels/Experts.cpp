//===- codegen/halide/kernels/Experts.cpp - mixtures of experts -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The largest logits are found by rank, the number of logits that come before one:
// a square of comparisons in vectors instead of passes that wait for each other.
//===----------------------------------------------------------------------===//
#include "codegen/halide/kernels/Exponential.h"
#include "codegen/halide/kernels/Kernel.h"

using namespace Halide;

namespace qwenc::halide {

Kernel buildTopExperts(const HalideKernelSpec &spec, const Target &target) {
  int experts = static_cast<int>(spec.width), used = static_cast<int>(spec.rows);
  ImageParam logits(Float(32), 2, "logits");
  Var e("e"), s("s"), m("m");
  RDom other(0, experts), all(0, experts), chosen(0, used);

  Func rank("rank"), found("found"), numbers("numbers");
  Expr mine = logits(e, m), theirs = logits(other, m);
  rank(e, m) = 0;
  rank(e, m) += cast<int32_t>(theirs > mine || (theirs == mine && other < e));
  found(s, m) = 0;
  found(s, m) += select(rank(all, m) == s, all, 0);
  // Logits that are not numbers have no order: still no expert but those that exist.
  numbers(s, m) = clamp(found(s, m), 0, experts - 1);

  Func largest("largest"), exponent("exponent"), total("total"), weights("weights");
  auto number = [&](Expr part) { return clamp(numbers(part, m), 0, experts - 1); };
  largest(m) = logits(number(0), m);
  exponent(e, m) = exponential(max(logits(e, m) - largest(m), -87.0f), target);
  total(m) = 0.0f;
  if (spec.normalized)
    total(m) += exponent(number(chosen), m);
  else
    total(m) += exponent(all, m);
  weights(s, m) = exponent(number(s), m) / total(m);

  setConstantDim(logits.dim(0), experts, 1);
  setConstantDim(numbers.output_buffer().dim(0), used, 1);
  setConstantDim(weights.output_buffer().dim(0), used, 1);
  int lanes = dividingLanes(experts, naturalLanes(target));
  int usedLanes = dividingLanes(used, naturalLanes(target));
  rank.compute_at(numbers, m).vectorize(e, lanes);
  rank.update().reorder(e, other).vectorize(e, lanes);
  found.compute_at(numbers, m).vectorize(s, usedLanes);
  found.update().reorder(s, all).vectorize(s, usedLanes);
  largest.compute_at(weights, m);
  exponent.compute_at(weights, m).vectorize(e, lanes);
  total.compute_at(weights, m);
  return {Pipeline({numbers, weights}), {logits}};
}

Kernel buildExpertSum(const HalideKernelSpec &spec, const Target &target) {
  int used = static_cast<int>(spec.rows);
  ImageParam products(Float(32), 2, "products"), place(Int(32), 2, "place");
  ImageParam weight(Float(32), 2, "weight"), residual(Float(32), 2, "residual");
  Var n("n"), m("m");
  Func y("y");
  Expr sum = residual(n, m);
  for (int part = 0; part < used; ++part) {
    // The bounds say nothing: an entry of the table is a row of the products.
    Expr row = clamp(place(part, m), 0, (1 << 24) - 1);
    sum = sum + weight(part, m) * products(n, row);
  }
  y(n, m) = sum;

  setConstantDim(place.dim(0), used, 1);
  setConstantDim(weight.dim(0), used, 1);
  y.vectorize(n, 2 * naturalLanes(target), TailStrategy::GuardWithIf);
  return {Pipeline(y), {products, place, weight, residual}};
}

Kernel buildSigmoidGate(const HalideKernelSpec &spec, const Target &target) {
  int width = static_cast<int>(spec.width), lanes = dividingLanes(width, 64);
  ImageParam value(Float(32), 2, "value"), x(Float(32), 2, "x"), w(Float(32), 1, "w");
  Var n("n"), m("m"), lane("lane");
  RDom step(0, width / lanes), across(0, lanes);
  Func partial("partial"), dot("dot"), gate("gate"), y("y");
  // As many lanes as the width allows on every target, so that all add alike.
  Expr element = step * lanes + lane;
  partial(lane, m) = 0.0f;
  partial(lane, m) += x(element, m) * w(element);
  dot(m) = 0.0f;
  dot(m) += partial(across, m);
  gate(m) = 1.0f / (1.0f + exponential(clamp(-dot(m), -87.0f, 87.0f), target));
  y(n, m) = value(n, m) * gate(m);

  x.dim(0).set_bounds(0, width);
  setConstantDim(w.dim(0), width, 1);
  gate.compute_at(y, m);
  dot.compute_at(y, m);
  dot.update().atomic().vectorize(across);
  partial.compute_at(y, m).vectorize(lane);
  partial.update().reorder(lane, step).vectorize(lane);
  y.vectorize(n, 2 * naturalLanes(target), TailStrategy::GuardWithIf);
  return {Pipeline(y), {value, x, w}};
}

} // namespace qwenc::halide
