//===- ir/kernels/LegalTiles.cpp - tiles that a search may choose from ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers of a prefill tile of T tokens x V vectors of rows (NEON has 32):
//
//   floats     T*V sums, V weights, 1 activation
//   sdot       T*V int32 and T*V fp32 sums, V weights, T activations
//   smlal      T*V fp32 sums, for each 2 (nibbles) or 4 (bytes) registers of narrow
//              sums, V weights, 1 activation
//   smmla      T*V blocks of fp32 sums, 4 octets for each pair of tokens, a sum,
//              a weight and two constants
//===----------------------------------------------------------------------===//
#include "ir/kernels/LegalTiles.h"
#include "ir/kernels/FormatTraits.h"
#include "ir/kernels/KernelName.h"

namespace qwenc {
namespace {

constexpr int kRegisters = 32;

int registersOf(const MatmulKernelSpec &spec) {
  const int tokens = spec.mr, vectors = spec.nr / vectorLanes(spec.cls);
  const int sums = tokens * vectors;
  if (isFloatFormat(spec.format))
    return sums + vectors + 1;
  switch (spec.cls) {
  case KernelClass::NeonDotprod:
    return 2 * sums + vectors + tokens;
  case KernelClass::NeonI8mm:
    return sums + 2 * tokens + 4;
  default:
    return (formatTraits(spec.format).operand == OperandKind::Byte ? 5 : 3) * sums + vectors + 1;
  }
}

bool isSearched(KernelClass cls) {
  return cls == KernelClass::Neon || cls == KernelClass::NeonDotprod ||
         cls == KernelClass::NeonI8mm;
}

bool isLegal(const MatmulKernelSpec &spec) {
  llvm::Error error = verifyMatmulSpec(spec);
  bool legal = !error;
  llvm::consumeError(std::move(error));
  return legal && registersOf(spec) <= kRegisters;
}

std::vector<MatmulKernelSpec> decodeTiles(const MatmulKernelSpec &start) {
  std::vector<MatmulKernelSpec> tiles;
  MatmulKernelSpec spec = start;
  // Groups of two parts go through their rows pair by pair of vectors, floats through all.
  if (isFloatFormat(spec.format) || formatTraits(spec.format).parts == 2)
    return tiles;
  for (spec.nr = 2 * vectorLanes(spec.cls); spec.nr <= kPanelRows; spec.nr *= 2)
    tiles.push_back(spec);
  return tiles;
}

std::vector<MatmulKernelSpec> prefillTiles(const MatmulKernelSpec &start) {
  std::vector<MatmulKernelSpec> tiles;
  int largest = 0;
  MatmulKernelSpec spec = start;
  for (spec.nr = vectorLanes(spec.cls); spec.nr <= kPanelRows; spec.nr *= 2)
    for (spec.mr = 2; spec.mr <= 12; ++spec.mr)
      if (isLegal(spec)) {
        largest = std::max(largest, spec.mr * spec.nr);
        tiles.push_back(spec);
      }
  // A small tile loads more for each product than a large one of its shape.
  std::erase_if(tiles,
                [&](const MatmulKernelSpec &tile) { return 3 * tile.mr * tile.nr < 2 * largest; });
  if (canStartFromMemory(start.cls, start.format, KernelPhase::Prefill))
    for (size_t i = 0, count = tiles.size(); i < count; ++i) {
      tiles.push_back(tiles[i]);
      tiles.back().startsInMemory = true;
    }
  return tiles;
}

} // namespace

std::vector<MatmulKernelSpec> legalMatmulTiles(KernelClass cls, WeightFormat format,
                                               Epilogue epilogue, KernelPhase phase) {
  const MatmulKernelSpec start = defaultMatmulSpec(cls, format, epilogue, phase);
  std::vector<MatmulKernelSpec> tiles = {start};
  if (!isSearched(cls))
    return tiles;
  for (const MatmulKernelSpec &tile :
       phase == KernelPhase::Decode ? decodeTiles(start) : prefillTiles(start))
    if (tile != start)
      tiles.push_back(tile);
  return tiles;
}

} // namespace qwenc
