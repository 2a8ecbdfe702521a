//===- passes/tiling/SelectTileSizes.cpp -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "ir/kernels/KernelName.h"
#include "ir/kernels/LegalTiles.h"
#include "passes/tiling/TileCostModel.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace qwenc {
#define GEN_PASS_DEF_SELECTTILESIZES
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct SelectTileSizes : qwenc::impl::SelectTileSizesBase<SelectTileSizes> {
  explicit SelectTileSizes(TileCostModel *costs = nullptr) : costs(costs) {}

  void runOnOperation() override {
    target = getOperation()->getAttrOfType<ir::TargetAttr>(ir::kTargetAttrName);
    if (!target) {
      getOperation().emitError("the module has no qwen.target attribute");
      return signalPassFailure();
    }
    std::optional<KernelClass> known = parseKernelClass(target.getKernelClass());
    if (!known) {
      getOperation().emitError() << "no kernels are known for class '" << target.getKernelClass()
                                 << "'";
      return signalPassFailure();
    }
    cls = *known;
    chosen.clear();
    choices.clear();
    for (auto step : getOperation().getOps<func::FuncOp>())
      step.walk([&](Operation *op) { selectKernels(op, phaseOf(step)); });
    if (!choices.empty())
      getOperation()->setAttr(kTileChoicesAttrName, ArrayAttr::get(&getContext(), choices));
  }

private:
  static KernelPhase phaseOf(func::FuncOp step) {
    return ir::getPhase(step) == "decode" ? KernelPhase::Decode : KernelPhase::Prefill;
  }

  void selectKernels(Operation *op, KernelPhase phase) {
    SmallVector<Attribute> names;
    Builder builder(op->getContext());
    auto add = [&](Value weight, Epilogue epilogue) {
      auto format = static_cast<WeightFormat>(cast<ir::WeightType>(weight.getType()).getFormat());
      // The inner loop is the same whatever the sums start from.
      MatmulKernelSpec spec = select(format, phase);
      spec.epilogue = epilogue;
      spec.prefetchBytes = static_cast<int>(target.getPrefetchBytes());
      spec.prefetchLevel = static_cast<int>(target.getPrefetchLevel());
      names.push_back(builder.getStringAttr(formatKernelName(spec)));
    };
    auto biased = [](Value bias) { return bias ? Epilogue::Bias : Epilogue::Store; };
    if (auto linear = dyn_cast<ir::LinearOp>(op)) {
      add(linear.getWeight(),
          linear.getResidual() ? Epilogue::Accumulate : biased(linear.getBias()));
    } else if (auto qkv = dyn_cast<ir::QKVProjectOp>(op)) {
      add(qkv.getWq(), biased(qkv.getBq()));
      add(qkv.getWk(), biased(qkv.getBk()));
      add(qkv.getWv(), biased(qkv.getBv()));
    } else if (auto gateUp = dyn_cast<ir::GateUpOp>(op)) {
      add(gateUp.getGate(), Epilogue::Store);
      add(gateUp.getUp(), Epilogue::Store);
    } else if (auto gateUp = dyn_cast<ir::ExpertGateUpOp>(op)) {
      add(gateUp.getGate(), Epilogue::Store);
      add(gateUp.getUp(), Epilogue::Store);
    } else if (auto down = dyn_cast<ir::ExpertDownOp>(op)) {
      add(down.getWeight(), Epilogue::Store);
    }
    if (!names.empty())
      op->setAttr(ir::kKernelsAttrName, builder.getArrayAttr(names));
  }

  MatmulKernelSpec select(WeightFormat format, KernelPhase phase) {
    auto [entry, isNew] = chosen.try_emplace({format, phase});
    if (isNew)
      entry->second = search(format, phase);
    return entry->second;
  }

  /// The cheapest legal tile, unless the table's is as cheap: a model of one loop does
  /// not tell less than 1 % apart.
  MatmulKernelSpec search(WeightFormat format, KernelPhase phase) {
    const auto tiles = legalMatmulTiles(cls, format, Epilogue::Store, phase);
    if (!costs || tiles.size() == 1)
      return tiles.front();
    SmallVector<std::pair<MatmulKernelSpec, double>> costed;
    for (const MatmulKernelSpec &tile : tiles) {
      llvm::Expected<TileCost> cost = costs->cost(tile, target);
      if (!cost) {
        record(format, phase, llvm::toString(cost.takeError()), {{tiles.front(), 0}});
        return tiles.front();
      }
      auto place = llvm::upper_bound(costed, cost->cyclesPerMac(), [](double cycles, auto &other) {
        return cycles < other.second;
      });
      costed.insert(place, {tile, cost->cyclesPerMac()});
    }
    auto ofTable = llvm::find_if(costed, [&](auto &tile) { return tile.first == tiles.front(); });
    if (ofTable->second < 1.01 * costed.front().second)
      std::rotate(costed.begin(), ofTable, ofTable + 1);
    record(format, phase, "", costed);
    return costed.front().first;
  }

  void record(WeightFormat format, KernelPhase phase, const std::string &problem,
              ArrayRef<std::pair<MatmulKernelSpec, double>> costed) {
    Builder builder(&getContext());
    SmallVector<Attribute> tiles;
    for (const auto &[spec, cyclesPerMac] : costed) {
      SmallVector<NamedAttribute> facts = {
          builder.getNamedAttr("tile", builder.getStringAttr(formatTile(spec)))};
      // Two digits behind the point: what a person compares.
      if (cyclesPerMac > 0)
        facts.push_back(builder.getNamedAttr(
            "macs_per_cycle", builder.getF64FloatAttr(std::round(100 / cyclesPerMac) / 100)));
      tiles.push_back(builder.getDictionaryAttr(facts));
    }
    StringRef phaseName = phase == KernelPhase::Decode ? "decode" : "prefill";
    choices.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("format", builder.getStringAttr(weightFormatName(format))),
         builder.getNamedAttr("phase", builder.getStringAttr(phaseName)),
         problem.empty()
             ? builder.getNamedAttr("model", builder.getStringAttr(costs->describe(target)))
             : builder.getNamedAttr("problem", builder.getStringAttr(problem)),
         builder.getNamedAttr("tiles", builder.getArrayAttr(tiles))}));
  }

  TileCostModel *costs;
  ir::TargetAttr target;
  KernelClass cls = KernelClass::Neon;
  std::map<std::pair<WeightFormat, KernelPhase>, MatmulKernelSpec> chosen;
  SmallVector<Attribute> choices;
};

} // namespace

std::unique_ptr<Pass> qwenc::createSelectTileSizes(TileCostModel *costs) {
  return std::make_unique<SelectTileSizes>(costs);
}
