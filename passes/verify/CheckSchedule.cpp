//===- passes/verify/CheckSchedule.cpp - choices that fit each other -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the passes choose fits by construction; what a person wrote into a dump
// need not. The lowering would make wrong code of it without a word.
//===----------------------------------------------------------------------===//
#include "passes/verify/VerifyScheduled.h"

#include "ir/Scheduled.h"
#include "ir/kernels/HalideKernelSpec.h"
#include "ir/kernels/KernelName.h"
#include "ir/kernels/PackedLayout.h"
#include "ir/kernels/RopeTables.h"
#include "passes/memory/SlotNeeds.h"

#include <limits>

using namespace mlir;
using namespace qwenc;

namespace {

/// A matrix that an operation multiplies with, and how the product must end.
struct KernelUse {
  Value weight;
  Epilogue epilogue;
};

SmallVector<KernelUse> kernelUses(Operation *op) {
  auto biased = [](Value bias) { return bias ? Epilogue::Bias : Epilogue::Store; };
  if (auto linear = dyn_cast<ir::LinearOp>(op))
    return {{linear.getWeight(),
             linear.getResidual() ? Epilogue::Accumulate : biased(linear.getBias())}};
  if (auto qkv = dyn_cast<ir::QKVProjectOp>(op))
    return {{qkv.getWq(), biased(qkv.getBq())},
            {qkv.getWk(), biased(qkv.getBk())},
            {qkv.getWv(), biased(qkv.getBv())}};
  if (auto gateUp = dyn_cast<ir::GateUpOp>(op))
    return {{gateUp.getGate(), Epilogue::Store}, {gateUp.getUp(), Epilogue::Store}};
  if (auto gateUp = dyn_cast<ir::ExpertGateUpOp>(op))
    return {{gateUp.getGate(), Epilogue::Store}, {gateUp.getUp(), Epilogue::Store}};
  if (auto down = dyn_cast<ir::ExpertDownOp>(op))
    return {{down.getWeight(), Epilogue::Store}};
  return {};
}

class StepChecker {
public:
  StepChecker(ModuleOp module, func::FuncOp step)
      : model(module->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName)),
        cls(parseKernelClass(
            module->getAttrOfType<ir::TargetAttr>(ir::kTargetAttrName).getKernelClass())),
        decode(ir::getPhase(step) == "decode"),
        rows(decode ? 1 : number(module, ir::kMaxBatchAttrName)),
        sharedBytes(number(module, ir::kArenaSharedAttrName)),
        threadBytes(number(module, ir::kArenaThreadAttrName)) {}

  LogicalResult check(Operation *op) const {
    if (!op->hasAttr(ir::kSplitAttrName))
      return success();
    return success(succeeded(checkKernels(op)) && succeeded(checkSplit(op)) &&
                   succeeded(checkSlots(op)));
  }

private:
  static int64_t number(ModuleOp module, StringRef name) {
    return module->getAttrOfType<IntegerAttr>(name).getInt();
  }

  LogicalResult checkKernels(Operation *op) const {
    auto names = op->getAttrOfType<ArrayAttr>(ir::kKernelsAttrName);
    for (auto [index, use] : llvm::enumerate(kernelUses(op))) {
      StringRef name = cast<StringAttr>(names[index]).getValue();
      auto spec = parseKernelName(name);
      if (!spec)
        return op->emitOpError() << toString(spec.takeError());
      auto format =
          static_cast<WeightFormat>(cast<ir::WeightType>(use.weight.getType()).getFormat());
      auto error = [&]() { return op->emitOpError() << "kernel '" << name << "' "; };
      if (spec->format != format)
        return error() << "reads " << weightFormatName(spec->format) << ", but the weight is "
                       << weightFormatName(format);
      for (Value operand : op->getOperands())
        if (auto q8 = dyn_cast<ir::Q8Type>(operand.getType());
            q8 && !q8.serves(cast<ir::WeightType>(use.weight.getType())))
          return error() << "reads sums that " << q8
                         << " does not hold; qwen-select-activation-sums adds them";
      if (!cls || archOf(spec->cls) != archOf(*cls) || spec->cls > *cls)
        return error() << "does not run on the module's target";
      if ((spec->phase() == KernelPhase::Decode) != decode)
        return error() << "is not for this phase: a tile of a decode step has one token, of a "
                          "prefill more";
      if (spec->epilogue != use.epilogue) {
        spec->epilogue = use.epilogue;
        return error() << "ends in the wrong way: '" << formatKernelName(*spec) << "' fits";
      }
    }
    return success();
  }

  LogicalResult checkSplit(Operation *op) const {
    auto split = op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
    ir::SplitKind kind = split.getKind();
    auto expect = [&](bool good, const Twine &expected) -> LogicalResult {
      if (good)
        return success();
      return op->emitOpError() << "is divided as " << split << ", but it can only be " << expected;
    };
    if (split.getDynamic() && decode)
      return expect(false, "in fixed shares: a decode step draws no units");
    if (isa<ir::LinearOp, ir::GateUpOp>(op)) {
      // A dynamic unit may be several panels; gate and up have room for so many.
      const int64_t unit = ir::getColumnUnit(op->getResult(0).getType());
      int64_t most = !split.getDynamic()     ? unit
                     : isa<ir::GateUpOp>(op) ? ir::kGateUpColumns
                                             : std::numeric_limits<int64_t>::max();
      return expect(kind == ir::SplitKind::Columns && split.getGrain() > 0 &&
                        split.getGrain() % unit == 0 && split.getGrain() <= most,
                    unit == kPanelRows ? "columns in units of 32"
                                       : "columns in units of whole groups of the result");
    }
    if (isa<ir::ExpertGateUpOp, ir::ExpertDownOp>(op))
      return expect(
          kind == (isa<ir::ExpertDownOp>(op) ? ir::SplitKind::Columns : ir::SplitKind::Experts) &&
              split.getGrain() == kPanelRows && !split.getDynamic(),
          isa<ir::ExpertDownOp>(op) ? "columns in units of 32" : "experts in units of 32");
    if (auto qkv = dyn_cast<ir::QKVProjectOp>(op))
      return expect(kind == ir::SplitKind::Heads && split.getGrain() > 0 &&
                        split.getGrain() * qkv.getHeadDim() % kPanelRows == 0,
                    "heads in units that fill panels of 32 rows");
    if (isa<ir::AttentionOp>(op))
      return expect(kind == ir::SplitKind::Heads && split.getGrain() > 0 &&
                        split.getTokensGrain() == (decode ? 0 : attentionPrefillRows) &&
                        (decode || split.getGrain() == 1),
                    decode ? "heads" : "single heads of 16 tokens");
    if (auto quantize = dyn_cast<ir::QuantizeOp>(op); quantize && kind == ir::SplitKind::Heads) {
      auto attention = quantize.getInput().getDefiningOp<ir::AttentionOp>();
      return expect(attention && !split.getDynamic() &&
                        attention->getAttr(ir::kSplitAttrName) == split &&
                        split.getGrain() * attention.getKv().getType().getHeadDim() %
                                quantize.getOutput().getType().getGroup() ==
                            0,
                    "as the attention before it, in whole groups of columns");
    }
    return expect((kind == ir::SplitKind::Tokens || kind == ir::SplitKind::Replicate) &&
                      split.getGrain() == 1 && !split.getDynamic(),
                  "tokens or replicated");
  }

  LogicalResult checkSlots(Operation *op) const {
    SmallVector<SlotNeed> needs = slotNeeds(*op, model, rows);
    auto slots = op->getAttrOfType<ArrayAttr>(ir::kSlotsAttrName);
    if (slots.size() != needs.size())
      return op->emitOpError() << "needs " << needs.size() << " slots, not " << slots.size();
    for (auto [attr, need] : llvm::zip_equal(slots, needs)) {
      auto slot = cast<ir::SlotAttr>(attr);
      // A sum in place lies where its summand does.
      int64_t end = slot.getSpace() == ir::Space::Shared ? sharedBytes : threadBytes;
      if (slot.getRows() != rows || slot.getOffset() < 0 || slot.getOffset() % 64 ||
          slot.getOffset() + need.bytes > end)
        return op->emitOpError() << "slot " << slot << " is not " << need.bytes << " bytes for "
                                 << rows << " tokens inside the " << stringifySpace(slot.getSpace())
                                 << " arena of " << end << " bytes, at a multiple of 64";
    }
    return success();
  }

  ir::ModelAttr model;
  std::optional<KernelClass> cls;
  bool decode;
  int64_t rows, sharedBytes, threadBytes;
};

/// Tensors and rotary tables lie inside the weight section, each on its own.
LogicalResult checkWeights(ModuleOp module) {
  auto model = module->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName);
  int64_t end = module->getAttrOfType<IntegerAttr>(ir::kWeightBytesAttrName).getInt();
  struct Place {
    int64_t offset, bytes;
    Operation *op;
  };
  SmallVector<Place> places;
  auto rope = module->getAttrOfType<ir::PackedAttr>(ir::kRopeTablesAttrName);
  RopeTables tables(model.getHeadDim(), model.getContextLength());
  if (rope.getBytes() != tables.bytes())
    return module.emitError() << "qwen.rope_tables has " << tables.bytes() << " bytes, not "
                              << rope.getBytes();
  places.push_back({rope.getOffset(), rope.getBytes(), module});
  for (auto tensor : module.getOps<ir::TensorOp>()) {
    auto packed = tensor->getAttrOfType<ir::PackedAttr>(ir::kPackedAttrName);
    auto type = cast<ir::WeightType>(tensor.getType());
    bool isPanels = type.isMatrix() || type.isExperts();
    int64_t bytes =
        isPanels ? type.getExperts() * packedBytes(static_cast<WeightFormat>(type.getFormat()),
                                                   type.getRows(), type.getCols())
                 : type.getRows() * int64_t(sizeof(float));
    StringRef layout = isPanels ? "panels32" : "vector";
    if (packed.getBytes() != bytes || packed.getLayout() != layout)
      return tensor.emitOpError() << "is packed as \"" << layout << "\" in " << bytes << " bytes";
    places.push_back({packed.getOffset(), bytes, tensor});
  }
  llvm::sort(places, [](const Place &a, const Place &b) { return a.offset < b.offset; });
  int64_t free = 0;
  for (const Place &place : places) {
    if (place.offset < free || place.offset % 64 || place.offset + place.bytes > end)
      return place.op->emitError() << "byte " << place.offset
                                   << " of the weight section is taken, past its end or no "
                                      "multiple of 64";
    free = place.offset + place.bytes;
  }
  return success();
}

} // namespace

LogicalResult qwenc::checkSchedule(ModuleOp module) {
  bool bad = failed(checkWeights(module));
  for (auto step : module.getOps<func::FuncOp>()) {
    if (ir::getPhase(step).empty())
      continue;
    StepChecker checker(module, step);
    step.walk([&](Operation *op) { bad |= failed(checker.check(op)); });
  }
  return success(!bad);
}
