//===- codegen/cost/McaTileCost.h - tiles in LLVM's model of a core --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_COST_MCATILECOST_H
#define QWENC_CODEGEN_COST_MCATILECOST_H

#include "codegen/cost/TuningCache.h"
#include "passes/tiling/TileCostModel.h"

namespace qwenc {

/// Emits each kernel and runs its inner loop through LLVM's machine code analyser,
/// on the scheduling model that the table of known CPUs names for the CPU.
class McaTileCostModel : public TileCostModel {
public:
  /// The cache must outlive the object. `version` is that of the program that makes
  /// the code.
  McaTileCostModel(TuningCache &cache, llvm::StringRef version) : cache(cache), version(version) {}

  std::string describe(ir::TargetAttr target) const override;
  llvm::Expected<TileCost> cost(const MatmulKernelSpec &spec, ir::TargetAttr target) override;

private:
  TuningCache &cache;
  std::string version;
};

} // namespace qwenc
#endif
