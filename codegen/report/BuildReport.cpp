//===- codegen/report/BuildReport.cpp - a report from the schedule ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/report/BuildReport.h"

#include "codegen/report/KernelModels.h"
#include "codegen/report/PhaseReport.h"
#include "ir/kernels/KernelName.h"
#include "ir/target/ResolveTarget.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/tiling/TileCostModel.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace qwenc;

namespace {

int64_t moduleNumber(ModuleOp module, StringRef name) {
  return module->getAttrOfType<IntegerAttr>(name).getInt();
}

/// Which kernels of a phase read which tensors.
using Readers = llvm::StringMap<std::string>;

/// The kernel of `op` that reads operand `operand`.
std::string readerName(Operation *op, unsigned operand, KernelClass cls) {
  if (auto kernels = op->getAttrOfType<ArrayAttr>(ir::kKernelsAttrName)) {
    // The kernels are in the order of the matrices.
    unsigned index = 0;
    for (unsigned i = 0; i <= operand; ++i) {
      auto type = dyn_cast<ir::WeightType>(op->getOperand(i).getType());
      if (!type || type.getShape().size() < 2)
        continue;
      if (i == operand && index < kernels.size())
        return cast<StringAttr>(kernels[index]).str();
      ++index;
    }
  }
  if (auto embed = dyn_cast<ir::EmbedOp>(op))
    return embeddingKernelName(cls,
                               static_cast<WeightFormat>(embed.getWeight().getType().getFormat()));
  return op->getName().stripDialect().str() + " (Halide)";
}

void addReader(Readers &readers, StringRef tensor, StringRef kernel) {
  std::string &text = readers[tensor];
  if (!StringRef(text).contains(kernel))
    text += (text.empty() ? "" : ", ") + kernel.str();
}

Readers collectReaders(func::FuncOp step, KernelClass cls) {
  Readers readers;
  step.walk([&](Operation *op) {
    if (!op->hasAttr(ir::kSplitAttrName))
      return;
    for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
      if (auto weight = operand.getDefiningOp<ir::WeightOp>()) {
        addReader(readers, weight.getTensor(), readerName(op, index, cls));
      } else if (auto weight = operand.getDefiningOp<ir::LayerWeightOp>()) {
        auto layers = cast<ir::LayersOp>(weight->getParentOp());
        int64_t body = weight->getParentRegion()->getRegionNumber();
        for (auto [layer, index2] : llvm::enumerate(layers.getOrder()))
          if (index2 == body)
            addReader(readers, ("blk." + Twine(layer) + "." + weight.getTensor()).str(),
                      readerName(op, index, cls));
      }
    }
  });
  return readers;
}

/// One sentence: why the tensor is stored and read as it is.
std::string explain(ir::WeightType type, StringRef decodeKernel) {
  if (type.getShape().size() < 2)
    return "read whole, as fp32";
  std::string text = "panels of 32 rows, in the order in which kernels read them; " +
                     weightFormatName(static_cast<WeightFormat>(type.getFormat())).upper() +
                     " values as in the file";
  // The last of those that read it: an embedding may be the head's matrix too.
  auto spec = parseKernelName(decodeKernel.substr(decodeKernel.rfind(' ') + 1));
  if (spec)
    return text + "; " +
           (isFloatFormat(spec->format) ? "fp32 activations, as the weights are floats"
                                        : "int8 activations, a scale for each 32");
  llvm::consumeError(spec.takeError());
  return text;
}

std::vector<ReportTensor> describeTensors(ModuleOp module, const Readers &prefill,
                                          const Readers &decode) {
  std::vector<ReportTensor> result;
  for (auto tensor : module.getOps<ir::TensorOp>()) {
    auto type = cast<ir::WeightType>(tensor.getType());
    auto packed = tensor->getAttrOfType<ir::PackedAttr>(ir::kPackedAttrName);
    ReportTensor entry;
    entry.name = tensor.getSymName().str();
    entry.type = weightFormatName(static_cast<WeightFormat>(type.getFormat())).upper();
    entry.layout = packed.getLayout().str();
    entry.shape.assign(type.getShape().begin(), type.getShape().end());
    entry.bytes = packed.getBytes();
    entry.prefillKernel = prefill.lookup(entry.name);
    entry.decodeKernel = decode.lookup(entry.name);
    entry.why = explain(type, entry.decodeKernel);
    result.push_back(std::move(entry));
  }
  return result;
}

/// Why kernels of this class: what the CPU has.
std::string explainClass(ir::TargetAttr target) {
  StringRef cls = target.getKernelClass();
  StringRef features = llvmFeaturesOf(*parseKernelClass(cls));
  std::string vectors = ir::explainVectorLength(target);
  return (target.getCpu() + " has " + features + ", and " + cls +
          " is the best class of kernels that needs no more" + (vectors.empty() ? "" : "; ") +
          vectors)
      .str();
}

/// How the kernel's tile was chosen, by what qwen-select-tile-sizes left behind.
ReportTileChoice describeChoice(ModuleOp module, const MatmulKernelSpec &spec) {
  ReportTileChoice choice;
  choice.why = "the table's row, ";
  choice.why += archOf(spec.cls) == KernelArch::X86 ? "which was measured on machines of this class"
                                                    : "because there is no other tile";
  auto all = module->getAttrOfType<ArrayAttr>(kTileChoicesAttrName);
  for (Attribute attr : all ? all.getValue() : ArrayRef<Attribute>()) {
    auto facts = cast<DictionaryAttr>(attr);
    bool isDecode = facts.getAs<StringAttr>("phase").getValue() == "decode";
    if (facts.getAs<StringAttr>("format").getValue() != weightFormatName(spec.format) ||
        isDecode != (spec.phase() == KernelPhase::Decode))
      continue;
    if (auto problem = facts.getAs<StringAttr>("problem"))
      choice.why = "the table's row, because there is no model: " + problem.str();
    else
      choice.why = "the cheapest in " + facts.getAs<StringAttr>("model").str();
    for (Attribute tile : facts.getAs<ArrayAttr>("tiles")) {
      auto entry = cast<DictionaryAttr>(tile);
      auto macs = entry.getAs<FloatAttr>("macs_per_cycle");
      choice.tiles.push_back(
          {entry.getAs<StringAttr>("tile").str(), macs ? macs.getValueAsDouble() : 0});
    }
    if (choice.tiles.size() > 1 && choice.tiles[0].macsPerCycle < choice.tiles[1].macsPerCycle)
      choice.why = "the table's row, within 1 % of " + choice.why;
  }
  return choice;
}

ReportMemory describeMemory(ModuleOp module, const KernelSet &set, int64_t tokenizerBytes) {
  auto model = module->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName);
  ReportMemory memory;
  memory.weights = moduleNumber(module, ir::kWeightBytesAttrName);
  module.walk([&](ir::AttentionOp attention) {
    memory.kvPerToken = model.getLayers() * kvBytesPerPosition(attention.getKv().getType());
  });
  memory.kvPositions = std::min<int64_t>(model.getContextLength(), 4096);
  memory.arenaShared = moduleNumber(module, ir::kArenaSharedAttrName);
  memory.arenaThread = moduleNumber(module, ir::kArenaThreadAttrName);
  for (const std::string &file : set.files)
    memory.code += file.size();
  memory.tokenizer = tokenizerBytes;
  memory.logits = 4 * model.getVocab();
  // The runtime's own code, heap and stacks, rounded up from what an executable
  // of a model of a few KiB holds resident.
  memory.runtime = 4 << 20;
  return memory;
}

} // namespace

llvm::Expected<CpuReport> qwenc::buildReport(ModuleOp scheduled, const KernelSet &objects,
                                             const ReportRequest &request) {
  ir::TargetAttr target = objects.target;
  std::optional<KernelClass> cls = parseKernelClass(target.getKernelClass());
  auto prefill = scheduled.lookupSymbol<func::FuncOp>("prefill");
  auto decode = scheduled.lookupSymbol<func::FuncOp>("decode");
  if (!cls || !prefill || !decode)
    return llvm::createStringError("internal error: a report needs a scheduled module");

  CpuReport report;
  report.cpu = target.getCpu().str();
  report.triple = target.getTriple().str();
  report.kernelClass = target.getKernelClass().str();
  report.features = target.getFeatures().str();
  report.classReason = explainClass(target);
  report.facts = ir::getCpuFacts(target.getCpu());
  report.bandwidthGiven = request.bandwidthGBs > 0;
  report.machine = {report.facts.clockGHz,
                    report.bandwidthGiven ? request.bandwidthGBs : report.facts.bandwidthGBs};

  KernelModels kernels(objects);
  report.integerPeak = kernels.integerPeak;
  report.floatPeak = kernels.floatPeak;
  PhaseReporter reporter(scheduled, kernels, report.machine, report.facts.cores);
  report.prefill = reporter.report(prefill, kReportPrefillTokens, 0);
  report.decode = reporter.report(decode, 1, kReportDecodePosition);
  report.tensors =
      describeTensors(scheduled, collectReaders(prefill, *cls), collectReaders(decode, *cls));
  report.kernels = kernels.take();
  for (ReportKernel &kernel : report.kernels) {
    auto spec = parseKernelName(kernel.name);
    if (spec)
      kernel.choice = describeChoice(scheduled, *spec);
    else
      llvm::consumeError(spec.takeError());
  }
  report.memory = describeMemory(scheduled, objects, request.tokenizerBytes);
  return report;
}
