//===- codegen/halide/kernels/Attention.cpp - softmax(q k') v -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One KV head and a few rows of queries: in decoding the query heads that share
// the KV head, in prefill consecutive tokens of one query head. Either way each
// loaded key and value serves all rows, and both products are small GEMMs whose
// tiles of sums stay in registers:
//
//   scores(slot, row, block) = key(16*block + slot) . query(row)   keys in lanes
//   weights = 2^(scores - max of the row)
//   out(d, row) = sum of weights * value(d) / sum of weights       d in lanes
//
// NEON multiplies by an element of a register: there one load brings what four steps
// of either product broadcast. Elsewhere a broadcast is a load like any other.
//
// A q8 cache is converted to fp32 in registers. The sum over a group of a key's
// elements is multiplied by the group's scale, a value's elements by theirs.
//
// The scores of all keys wait in a scratch buffer of the caller, in blocks of
// 16 keys x rows, so that both products walk it in order.
//
// Where there are more threads than heads, the two products are kernels of their
// own: scores are divided by keys, sums by d. No sum is divided, so that the bits
// are those of the whole.
//===----------------------------------------------------------------------===//
#include "codegen/halide/kernels/AttentionShape.h"
#include "codegen/halide/kernels/Exponential.h"
#include "codegen/halide/kernels/HalfFloat.h"
#include "codegen/halide/kernels/Kernel.h"

#include <cmath>

using namespace Halide;

namespace qwenc::halide {
namespace {

constexpr int blockKeys = AttentionShape::blockKeys;
constexpr float never = -1e30f;

/// Declares a buffer of scores or weights.
void setScratch(Internal::Dimension slot, Internal::Dimension row, Internal::Dimension block,
                const AttentionShape &shape) {
  setConstantDim(slot, blockKeys, 1);
  setConstantDim(row, shape.rowsPadded, blockKeys);
  block.set_stride(blockKeys * shape.scratchRows);
}

/// Queries times keys.
class KeyProducts {
public:
  KeyProducts(const AttentionShape &shape, Param<int32_t> position);
  void schedule();
  std::vector<Argument> cacheArguments() const {
    return shape.isQuantized ? std::vector<Argument>{k, kscale} : std::vector<Argument>{k};
  }

  ImageParam q{Float(32), 2, "q"};
  Func scores{"scores"};
  Expr lastKey, blockCount;

private:
  /// Schedules the sum over `step`.
  void scheduleSteps(Func product, RVar step);

  const AttentionShape &shape;
  ImageParam k, kscale{Float(32), 3, "kscale"};
  Var d{"d"}, row{"row"}, slot{"slot"}, block{"block"}, group{"group"};
  Func query{"query"}, elements{"elements"}, groupDot{"groupDot"}, dot{"dot"};
  RDom rd, rg, re;
};

KeyProducts::KeyProducts(const AttentionShape &shape, Param<int32_t> position)
    : shape(shape), k(shape.element, 3, "k"), rd(0, shape.headDim), rg(0, shape.groups),
      re(0, shape.groupSize) {
  Expr rowCount = q.dim(1).extent();
  lastKey = shape.isPrefill ? position + rowCount - 1 : Expr(position);
  blockCount = lastKey / blockKeys + 1;

  // Rows past the last repeat it, keys past the last repeat their block.
  const float scale = static_cast<float>(1.4426950408889634 / std::sqrt(double(shape.headDim)));
  query(d, row) = q(d, min(row, rowCount - 1)) * scale;
  // Bits: Halide would put floats into memory of other Funcs of floats that are done,
  // and LLVM would not keep them in registers.
  elements(d, row) = reinterpret<uint32_t>(query(d, row));
  Expr loaded = min(block, blockCount - 1);
  if (shape.isQuantized) {
    Expr in = group * shape.groupSize + re;
    groupDot(slot, row, block, group) +=
        reinterpret<float>(elements(in, row)) * cast<float>(k(slot, in, loaded));
    dot(slot, row, block) += groupDot(slot, row, block, rg) * kscale(slot, rg, loaded);
  } else {
    dot(slot, row, block) +=
        reinterpret<float>(elements(rd, row)) * halfToFloat(k(slot, rd, loaded), shape.target);
  }
  Expr lastVisible = shape.isPrefill ? min(position + row, lastKey) : Expr(position);
  // A minimum instead of a select: from a select Halide would conclude that the
  // hidden part of a tile need not be computed, and guard each step of it.
  Expr ceiling = select(block * blockKeys + slot <= lastVisible, 1e30f, never);
  scores(slot, row, block) = min(dot(slot, row, block), ceiling);

  setConstantDim(q.dim(0), shape.headDim, 1);
  q.dim(1).set_min(0);
  setConstantDim(k.dim(0), blockKeys, 1);
  setConstantDim(k.dim(1), shape.headDim, blockKeys);
  k.dim(2).set_min(0).set_stride(blockKeys * shape.headDim);
  setConstantDim(kscale.dim(0), blockKeys, 1);
  setConstantDim(kscale.dim(1), shape.groups, blockKeys);
  kscale.dim(2).set_min(0).set_stride(blockKeys * shape.groups);
  OutputImageParam out = scores.output_buffer();
  setScratch(out.dim(0), out.dim(1), out.dim(2), shape);
}

void KeyProducts::schedule() {
  Var ro("ro"), ri("ri"), bo("bo"), bi("bi"), so("so");
  query.compute_root()
      .bound(row, 0, shape.rowsPadded)
      .store_in(MemoryType::Stack)
      .vectorize(d, dividingLanes(shape.headDim, naturalLanes(shape.target)));

  scores.split(row, ro, ri, shape.tileRows)
      .split(block, bo, bi, shape.tileBlocks)
      .split(slot, so, slot, shape.tileSlots)
      .reorder(slot, ri, bi, so, ro, bo)
      .vectorize(slot)
      .unroll(ri)
      .unroll(bi);
  dot.compute_at(scores, so).vectorize(slot).unroll(row).unroll(block);
  if (shape.isQuantized) {
    dot.update().reorder(slot, row, block, rg).vectorize(slot).unroll(row).unroll(block);
    groupDot.compute_at(dot, rg).vectorize(slot).unroll(row).unroll(block);
    scheduleSteps(groupDot, re);
  } else {
    scheduleSteps(dot, rd);
  }
}

void KeyProducts::scheduleSteps(Func product, RVar step) {
  RVar outer("outer"), inner("inner");
  Stage sum = product.update();
  sum.split(step, outer, inner, shape.byElement).reorder(slot, row, block, inner, outer);
  sum.vectorize(slot).unroll(row).unroll(block).unroll(inner);
  if (shape.byElement > 1)
    elements.compute_at(product, outer)
        .store_in(MemoryType::Register)
        .vectorize(d, shape.byElement)
        .unroll(row);
}

/// Softmax and weights times values.
class ValueSums {
public:
  /// `scores` is a Func or an ImageParam of what KeyProducts makes.
  template <typename Scores>
  ValueSums(const AttentionShape &shape, Scores scores, Expr lastKey, Expr blockCount,
            int valueDim);
  void schedule();
  std::vector<Argument> cacheArguments() const {
    return shape.isQuantized ? std::vector<Argument>{v, vscale} : std::vector<Argument>{v};
  }

  Func weights{"weights"}, out{"out"};

private:
  const AttentionShape &shape;
  ImageParam v, vscale{Float(32), 2, "vscale"};
  Expr blockCount;
  Var d{"d"}, row{"row"}, slot{"slot"}, block{"block"}, step{"step"};
  Func laneMax{"laneMax"}, rowMax{"rowMax"}, laneSum{"laneSum"}, rowSum{"rowSum"};
  Func inverse{"inverse"};
  Func elements{"elements"}, tile{"tile"}, sums{"sums"};
  RDom rb, rs, steps, rest;
};

template <typename Scores>
ValueSums::ValueSums(const AttentionShape &shape, Scores scores, Expr lastKey, Expr blockCount,
                     int valueDim)
    : shape(shape), v(shape.element, 2, "v"), blockCount(blockCount), rb(1, blockCount - 1),
      rs(0, blockKeys), steps(0, shape.byElement, 0, (lastKey + 1) / shape.byElement),
      rest((lastKey + 1) / shape.byElement * shape.byElement, (lastKey + 1) % shape.byElement) {
  laneMax(slot, row) = scores(slot, row, 0);
  laneMax(slot, row) = max(laneMax(slot, row), scores(slot, row, rb));
  rowMax(row) = never;
  rowMax(row) = max(rowMax(row), laneMax(rs, row));
  weights(slot, row, block) = exponential2(scores(slot, row, block) - rowMax(row));
  laneSum(slot, row) = weights(slot, row, 0);
  laneSum(slot, row) += weights(slot, row, rb);
  rowSum(row) += laneSum(rs, row);

  // Exactly the visible keys: what lies beyond in v may be anything.
  auto value = [&](Expr key) {
    return shape.isQuantized ? cast<float>(v(d, key)) * vscale(d / shape.groupSize, key)
                             : halfToFloat(v(d, key), shape.target);
  };
  const int blockSteps = blockKeys / shape.byElement;
  elements(slot, row, step) = reinterpret<uint32_t>(
      weights(step % blockSteps * shape.byElement + slot, row, step / blockSteps));
  tile(d, row) += reinterpret<float>(elements(steps.x, row, steps.y)) *
                  value(steps.y * shape.byElement + steps.x);
  if (shape.byElement > 1)
    tile(d, row) += weights(rest % blockKeys, row, rest / blockKeys) * value(rest);
  sums(d, row) = tile(d, row);
  // One division a row: a vector's takes up to 34 cycles.
  inverse(row) = 1.0f / rowSum(row);
  out(d, row) = sums(d, row) * inverse(row);

  setConstantDim(v.dim(0), valueDim, 1);
  v.dim(1).set_min(0).set_stride(shape.headDim);
  setConstantDim(vscale.dim(0), (valueDim + shape.groupSize - 1) / shape.groupSize, 1);
  vscale.dim(1).set_min(0).set_stride(shape.groups);
  OutputImageParam buffer = weights.output_buffer();
  setScratch(buffer.dim(0), buffer.dim(1), buffer.dim(2), shape);
  buffer.dim(2).set_min(0);
  setConstantDim(out.output_buffer().dim(0), valueDim, 1);
  out.output_buffer().dim(1).set_min(0);
}

void ValueSums::schedule() {
  Var ro("ro"), ri("ri"), dv("dv"), di("di"), dt("dt");
  for (Func *lane : {&laneMax, &laneSum}) {
    lane->compute_root()
        .bound(row, 0, shape.rowsPadded)
        .store_in(MemoryType::Stack)
        .vectorize(slot)
        .unroll(row);
    lane->update()
        .split(row, ro, ri, shape.tileRows)
        .reorder(slot, ri, rb, ro)
        .vectorize(slot)
        .unroll(ri);
  }
  rowMax.compute_root()
      .bound(row, 0, shape.rowsPadded)
      .store_in(MemoryType::Stack)
      .unroll(row)
      .update()
      .atomic()
      .vectorize(rs);
  rowSum.compute_at(out, row).update().atomic().vectorize(rs);
  inverse.compute_at(out, row);
  weights.bound(block, 0, blockCount)
      .split(row, ro, ri, shape.tileRows)
      .reorder(slot, ri, ro, block)
      .vectorize(slot)
      .unroll(ri);

  sums.compute_root()
      .bound(row, 0, shape.rowsPadded)
      .store_in(MemoryType::Stack)
      .split(d, dt, d, shape.lanes * shape.vectors)
      .split(row, ro, ri, shape.tileRows)
      .split(d, dv, di, shape.lanes)
      .reorder(di, dv, ri, dt, ro)
      .vectorize(di)
      .unroll(dv)
      .unroll(ri);
  tile.compute_at(sums, dt).split(d, dv, di, shape.lanes).vectorize(di).unroll(dv).unroll(row);
  tile.update(0)
      .split(d, dv, di, shape.lanes)
      .reorder(di, dv, row, steps.x, steps.y)
      .vectorize(di)
      .unroll(dv)
      .unroll(row)
      .unroll(steps.x);
  if (shape.byElement > 1) {
    elements.compute_at(tile, steps.y)
        .store_in(MemoryType::Register)
        .vectorize(slot, shape.byElement)
        .unroll(row);
    tile.update(1)
        .split(d, dv, di, shape.lanes)
        .reorder(di, dv, row, rest)
        .vectorize(di)
        .unroll(dv)
        .unroll(row);
  }
  out.vectorize(d, shape.lanes);
}

void append(std::vector<Argument> &arguments, const std::vector<Argument> &more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
}

} // namespace

Kernel buildAttention(const HalideKernelSpec &spec, const Target &target) {
  AttentionShape shape(spec, target, static_cast<int>(spec.headDim));
  Param<int32_t> position("position");
  KeyProducts keys(shape, position);
  ValueSums values(shape, keys.scores, keys.lastKey, keys.blockCount, shape.headDim);
  Expr blocksPadded =
      (keys.blockCount + shape.tileBlocks - 1) / shape.tileBlocks * shape.tileBlocks;
  keys.scores.bound(keys.scores.args()[2], 0, blocksPadded);
  keys.scores.output_buffer().dim(2).set_min(0);
  keys.schedule();
  values.schedule();
  std::vector<Argument> arguments = {keys.q};
  append(arguments, keys.cacheArguments());
  append(arguments, values.cacheArguments());
  arguments.push_back(position);
  return {Pipeline({keys.scores, values.weights, values.out}), arguments};
}

Kernel buildAttentionScores(const HalideKernelSpec &spec, const Target &target) {
  AttentionShape shape(spec, target, static_cast<int>(spec.headDim));
  Param<int32_t> position("position");
  KeyProducts keys(shape, position);
  keys.schedule();
  std::vector<Argument> arguments = {keys.q};
  append(arguments, keys.cacheArguments());
  arguments.push_back(position);
  return {Pipeline(keys.scores), arguments};
}

Kernel buildAttentionValues(const HalideKernelSpec &spec, const Target &target) {
  const int valueDim = static_cast<int>(spec.width);
  AttentionShape shape(spec, target, valueDim);
  Param<int32_t> position("position");
  ImageParam scores(Float(32), 3, "scores");
  setScratch(scores.dim(0), scores.dim(1), scores.dim(2), shape);
  scores.dim(2).set_min(0);
  ValueSums values(shape, scores, position, position / blockKeys + 1, valueDim);
  values.schedule();
  std::vector<Argument> arguments = {scores};
  append(arguments, values.cacheArguments());
  arguments.push_back(position);
  return {Pipeline({values.weights, values.out}), arguments};
}

} // namespace qwenc::halide
