//===- passes/tiling/TileCostModel.h - what a tile costs on a CPU ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Choosing a tile by its cost needs code and a model of the core, which passes
// know nothing of: code generation implements this, the tool hands it to
// qwen-select-tile-sizes, and tests hand in a table.
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_TILING_TILECOSTMODEL_H
#define QWENC_PASSES_TILING_TILECOSTMODEL_H

#include "ir/QwenDialect.h"
#include "ir/kernels/KernelSpec.h"
#include "llvm/Support/Error.h"
#include <string>

namespace qwenc {

/// On the module: how tiles were chosen, a dictionary for each format and phase
/// {format, phase, model or problem, tiles = [{tile, macs_per_cycle}]}; the first of
/// the tiles is the one chosen, the others follow from cheap to dear.
inline constexpr llvm::StringLiteral kTileChoicesAttrName = "qwen.tile_choices";

/// One pass through a kernel's inner loop.
struct TileCost {
  double cycles = 0;
  uint64_t macs = 0;
  double cyclesPerMac() const { return cycles / double(macs); }
  bool operator==(const TileCost &) const = default;
};

class TileCostModel {
public:
  virtual ~TileCostModel() = default;

  /// Who answers, for people: "LLVM's scheduling model of neoverse-n1".
  virtual std::string describe(ir::TargetAttr target) const = 0;
  /// The cost of the kernel's inner loop on the target's CPU. The same question has
  /// the same answer in every run. An error says why there is no model.
  virtual llvm::Expected<TileCost> cost(const MatmulKernelSpec &spec, ir::TargetAttr target) = 0;
};

} // namespace qwenc
#endif
