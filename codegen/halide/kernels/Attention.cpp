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
// A q8 cache is converted to fp32 in registers. The sum over a group of a key's
// elements is multiplied by the group's scale, a value's elements by theirs.
//
// The scores of all keys wait in a scratch buffer of the caller, in blocks of
// 16 keys x rows, so that both products walk it in order.
//===----------------------------------------------------------------------===//
#include "codegen/halide/kernels/Exponential.h"
#include "codegen/halide/kernels/HalfFloat.h"
#include "codegen/halide/kernels/Kernel.h"

#include <algorithm>
#include <cmath>

using namespace Halide;

namespace qwenc::halide {
namespace {

constexpr int blockKeys = 16;

/// Register tiles of the two products, in rows x blocks and rows x vectors.
struct Tiles {
  int rows, rowsPadded, blocks, lanes, vectors;
};

Tiles chooseTiles(int rows, int headDim, const Target &target) {
  int natural = naturalLanes(target);
  bool manyRegisters = natural == 16 || target.arch == Target::ARM;
  int accumulators = manyRegisters ? 16 : 8;
  int blockVectors = blockKeys / natural;
  int mostRows = accumulators / std::max(2, blockVectors);
  int rowTiles = (rows + mostRows - 1) / mostRows;
  Tiles tiles;
  tiles.rows = (rows + rowTiles - 1) / rowTiles;
  tiles.rowsPadded = tiles.rows * rowTiles;
  tiles.blocks = std::clamp(accumulators / (tiles.rows * blockVectors), 1, 8);
  tiles.lanes = dividingLanes(headDim, natural);
  tiles.vectors = dividingLanes(headDim / tiles.lanes, std::max(1, accumulators / tiles.rows));
  return tiles;
}

} // namespace

Kernel buildAttention(const HalideKernelSpec &spec, const Target &target) {
  int headDim = static_cast<int>(spec.headDim);
  int rows = static_cast<int>(spec.rows);
  bool isPrefill = spec.kind == HalideKernelKind::AttentionPrefill;
  Tiles tiles = chooseTiles(rows, headDim, target);

  bool isQuantized = spec.cache == KVFormat::Q8;
  int groupSize = static_cast<int>(KVLayout::groupSize(headDim)), groups = headDim / groupSize;
  Type element = isQuantized ? Int(8) : UInt(16);

  ImageParam q(Float(32), 2, "q"), k(element, 3, "k"), v(element, 2, "v");
  ImageParam kscale(Float(32), 3, "kscale"), vscale(Float(32), 2, "vscale");
  Param<int32_t> position("position");
  Var d("d"), row("row"), slot("slot"), block("block"), group("group");
  Func query("query"), groupDot("groupDot"), dot("dot"), scores("scores"), laneMax("laneMax"),
      rowMax("rowMax");
  Func weights("weights"), laneSum("laneSum"), rowSum("rowSum");
  Func tile("tile"), sums("sums"), out("out");

  Expr rowCount = q.dim(1).extent();
  Expr lastKey = isPrefill ? position + rowCount - 1 : Expr(position);
  Expr blockCount = lastKey / blockKeys + 1;
  Expr blocksPadded = (blockCount + tiles.blocks - 1) / tiles.blocks * tiles.blocks;

  // Rows past the last repeat it, keys past the last repeat their block.
  const float scale = static_cast<float>(1.4426950408889634 / std::sqrt(double(headDim)));
  query(d, row) = q(d, min(row, rowCount - 1)) * scale;
  RDom rd(0, headDim), rg(0, groups), re(0, groupSize);
  Expr loaded = min(block, blockCount - 1);
  if (isQuantized) {
    Expr in = group * groupSize + re;
    groupDot(slot, row, block, group) += query(in, row) * cast<float>(k(slot, in, loaded));
    dot(slot, row, block) += groupDot(slot, row, block, rg) * kscale(slot, rg, loaded);
  } else {
    dot(slot, row, block) += query(rd, row) * halfToFloat(k(slot, rd, loaded), target);
  }
  Expr lastVisible = isPrefill ? min(position + row, lastKey) : Expr(position);
  // A minimum instead of a select: from a select Halide would conclude that the
  // hidden part of a tile need not be computed, and guard each step of it.
  const float never = -1e30f;
  Expr ceiling = select(block * blockKeys + slot <= lastVisible, 1e30f, never);
  scores(slot, row, block) = min(dot(slot, row, block), ceiling);

  RDom rb(1, blockCount - 1), rs(0, blockKeys);
  laneMax(slot, row) = scores(slot, row, 0);
  laneMax(slot, row) = max(laneMax(slot, row), scores(slot, row, rb));
  rowMax(row) = never;
  rowMax(row) = max(rowMax(row), laneMax(rs, row));
  weights(slot, row, block) = exponential2(scores(slot, row, block) - rowMax(row));
  laneSum(slot, row) = weights(slot, row, 0);
  laneSum(slot, row) += weights(slot, row, rb);
  rowSum(row) += laneSum(rs, row);

  // Exactly the visible keys: what lies beyond in v may be anything.
  RDom key(0, lastKey + 1);
  Expr value = isQuantized ? cast<float>(v(d, key)) * vscale(d / groupSize, key)
                           : halfToFloat(v(d, key), target);
  tile(d, row) += weights(key % blockKeys, row, key / blockKeys) * value;
  sums(d, row) = tile(d, row);
  out(d, row) = sums(d, row) / rowSum(row);

  setConstantDim(q.dim(0), headDim, 1);
  q.dim(1).set_min(0);
  setConstantDim(k.dim(0), blockKeys, 1);
  setConstantDim(k.dim(1), headDim, blockKeys);
  k.dim(2).set_min(0).set_stride(blockKeys * headDim);
  setConstantDim(v.dim(0), headDim, 1);
  v.dim(1).set_min(0).set_stride(headDim);
  setConstantDim(kscale.dim(0), blockKeys, 1);
  setConstantDim(kscale.dim(1), groups, blockKeys);
  kscale.dim(2).set_min(0).set_stride(blockKeys * groups);
  setConstantDim(vscale.dim(0), groups, 1);
  vscale.dim(1).set_min(0).set_stride(groups);
  for (Func *scratch : {&scores, &weights}) {
    OutputImageParam buffer = scratch->output_buffer();
    setConstantDim(buffer.dim(0), blockKeys, 1);
    setConstantDim(buffer.dim(1), tiles.rowsPadded, blockKeys);
    buffer.dim(2).set_min(0).set_stride(blockKeys * tiles.rowsPadded);
  }
  setConstantDim(out.output_buffer().dim(0), headDim, 1);
  out.output_buffer().dim(1).set_min(0);

  Var ro("ro"), ri("ri"), bo("bo"), bi("bi"), dv("dv"), di("di"), dt("dt");
  RVar rro("rro"), rri("rri");
  query.compute_root()
      .bound(row, 0, tiles.rowsPadded)
      .store_in(MemoryType::Stack)
      .vectorize(d, tiles.lanes);

  scores.bound(block, 0, blocksPadded)
      .split(row, ro, ri, tiles.rows)
      .split(block, bo, bi, tiles.blocks)
      .reorder(slot, ri, bi, ro, bo)
      .vectorize(slot)
      .unroll(ri)
      .unroll(bi);
  dot.compute_at(scores, ro).vectorize(slot).unroll(row).unroll(block);
  Stage sum = dot.update();
  if (isQuantized) {
    sum.reorder(slot, row, block, rg);
    groupDot.compute_at(dot, rg).vectorize(slot).unroll(row).unroll(block);
    groupDot.update().reorder(slot, row, block, re).vectorize(slot).unroll(row).unroll(block);
  } else {
    sum.reorder(slot, row, block, rd);
  }
  sum.vectorize(slot).unroll(row).unroll(block);

  for (Func *lane : {&laneMax, &laneSum}) {
    lane->compute_root()
        .bound(row, 0, tiles.rowsPadded)
        .store_in(MemoryType::Stack)
        .vectorize(slot)
        .unroll(row);
    lane->update()
        .split(row, ro, ri, tiles.rows)
        .reorder(slot, ri, rb, ro)
        .vectorize(slot)
        .unroll(ri);
  }
  rowMax.compute_root()
      .bound(row, 0, tiles.rowsPadded)
      .store_in(MemoryType::Stack)
      .unroll(row)
      .update()
      .atomic()
      .vectorize(rs);
  rowSum.compute_at(out, row).update().atomic().vectorize(rs);
  weights.bound(block, 0, blockCount)
      .split(row, ro, ri, tiles.rows)
      .reorder(slot, ri, ro, block)
      .vectorize(slot)
      .unroll(ri);

  sums.compute_root()
      .bound(row, 0, tiles.rowsPadded)
      .store_in(MemoryType::Stack)
      .split(d, dt, d, tiles.lanes * tiles.vectors)
      .split(row, ro, ri, tiles.rows)
      .split(d, dv, di, tiles.lanes)
      .reorder(di, dv, ri, dt, ro)
      .vectorize(di)
      .unroll(dv)
      .unroll(ri);
  tile.compute_at(sums, dt).split(d, dv, di, tiles.lanes).vectorize(di).unroll(dv).unroll(row);
  tile.update()
      .split(d, dv, di, tiles.lanes)
      .reorder(di, dv, row, key)
      .vectorize(di)
      .unroll(dv)
      .unroll(row);
  out.vectorize(d, tiles.lanes);
  std::vector<Argument> arguments = {q, k, v, position};
  if (isQuantized)
    arguments = {q, k, kscale, v, vscale, position};
  return {Pipeline({scores, weights, out}), arguments};
}

} // namespace qwenc::halide
