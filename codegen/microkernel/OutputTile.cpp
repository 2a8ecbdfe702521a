//===- codegen/microkernel/OutputTile.cpp - where a tile starts and ends --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/OutputTile.h"

using namespace mlir;

namespace qwenc {

OutputTile::OutputTile(KernelBuilder &kb, TokenMatrix source, TokenMatrix target, int tokens,
                       int rows, Value validRows, Value edge)
    : kb(kb), source(source), target(target), edge{edge, kb.constI64(4 * rows)}, tokens(tokens),
      rows(rows), validRows(validRows), ragged(kb.less(validRows, kb.constI64(rows))) {}

void OutputTile::copy(TokenMatrix from, TokenMatrix to) {
  Value zero = kb.constI64(0);
  kb.loop(zero, kb.constI64(tokens), 1, [&](Value token) {
    Value fromRow = kb.at(from.address, kb.mul(token, from.stride));
    Value toRow = kb.at(to.address, kb.mul(token, to.stride));
    kb.loop(zero, validRows, 1, [&](Value row) {
      Value offset = kb.shl(row, 2);
      kb.store(kb.load(kb.f32(), kb.at(fromRow, offset), 4), kb.at(toRow, offset), 4);
    });
  });
}

TokenMatrix OutputTile::choose(TokenMatrix whole) {
  return {kb.select(ragged, edge.address, whole.address),
          kb.select(ragged, edge.stride, whole.stride)};
}

Values OutputTile::load() {
  kb.ifThen(ragged, [&] { copy(source, edge); });
  TokenMatrix from = choose(source);
  Values sums;
  for (int token = 0; token < tokens; ++token) {
    Value row = kb.at(from.address, kb.mul(from.stride, kb.constI64(token)));
    for (int r = 0; r < rows; r += kb.facts.lanes())
      sums.push_back(kb.load(kb.vecF32(), kb.at(row, 4 * r), 4));
  }
  if (!rowScales)
    return sums;
  starts = sums;
  return Values(sums.size(), kb.constantF(kb.vecF32(), 0));
}

void OutputTile::scaleRows(Value halves) { rowScales = halves; }

void OutputTile::store(ValueRange values) {
  Values sums(values);
  const int vectors = rows / kb.facts.lanes();
  for (int v = 0; rowScales && v < vectors; ++v) {
    Value scale = kb.loadHalves(kb.at(rowScales, v * kb.facts.vectorBytes / 2));
    for (int i = v; i < tokens * vectors; i += vectors)
      sums[i] = starts.empty() ? kb.mulF(sums[i], scale) : kb.fmuladd(sums[i], scale, starts[i]);
  }
  TokenMatrix to = choose(target);
  int next = 0;
  for (int token = 0; token < tokens; ++token) {
    Value row = kb.at(to.address, kb.mul(to.stride, kb.constI64(token)));
    for (int r = 0; r < rows; r += kb.facts.lanes())
      kb.store(sums[next++], kb.at(row, 4 * r), 4);
  }
  kb.ifThen(ragged, [&] { copy(edge, target); });
}

} // namespace qwenc
