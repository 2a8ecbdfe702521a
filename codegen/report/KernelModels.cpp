//===- codegen/report/KernelModels.cpp - each kernel's model, once ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/report/KernelModels.h"

#include "codegen/cost/ClassPeak.h"
#include "codegen/cost/KernelCost.h"
#include "codegen/microkernel/KernelFacts.h"
#include "codegen/microkernel/UnpackWeights.h"
#include "ir/kernels/KernelName.h"
#include "ir/kernels/PackedLayout.h"
#include "ir/target/ResolveTarget.h"
#include "llvm/Object/ELFObjectFile.h"

using namespace llvm;
using namespace qwenc;

namespace {

/// The function whose name begins with `prefix`; empty if there is none.
std::string findFunction(StringRef file, StringRef prefix) {
  auto object = object::ObjectFile::createObjectFile(MemoryBufferRef(file, "kernel"));
  if (!object) {
    consumeError(object.takeError());
    return "";
  }
  for (const object::SymbolRef &symbol : (*object)->symbols()) {
    auto name = symbol.getName();
    auto type = symbol.getType();
    bool found =
        name && type && *type == object::SymbolRef::ST_Function && name->starts_with(prefix);
    std::string text = found ? name->str() : "";
    consumeError(name.takeError());
    consumeError(type.takeError());
    if (found)
      return text;
  }
  return "";
}

void setModel(ReportKernel &kernel, Expected<LoopModel> model, std::optional<double> peak) {
  if (!model) {
    kernel.problem = "not modelled: " + toString(model.takeError());
    return;
  }
  kernel.instructions = model->instructions;
  kernel.cycles = model->cycles;
  kernel.macs = model->macs;
  kernel.macsPerCycle = model->macsPerCycle();
  if (peak)
    kernel.peakShare = kernel.macsPerCycle / *peak;
}

/// Bytes of a token's activations over `k`: fp32, or int8 with a scale and a sum
/// of four bytes for each group.
int64_t activationBytes(WeightFormat format, int64_t k) {
  return isFloatFormat(format) ? 4 * k : k + k / kActivationGroup * 8;
}

/// What stays in a core's caches while a kernel runs: see EmitDecode, EmitPrefill.
void setWorkingSet(ReportKernel &kernel, const MatmulKernelSpec &spec, int64_t k, int64_t tokens) {
  kernel.panelBytes = packedPanelBytes(spec.format, k);
  if (spec.phase() == KernelPhase::Decode) {
    // The panel streams through; the activations stay.
    kernel.l1Bytes = activationBytes(spec.format, k) + 2 * packedBlock(spec.format).bytes;
    kernel.l2Bytes = activationBytes(spec.format, k) + kernel.panelBytes;
    return;
  }
  const KernelFacts &facts = kernelFacts(spec.cls);
  int64_t part = std::min<int64_t>(k, isFloatFormat(spec.format) ? 256 : facts.unpackedK);
  int64_t unpacked = isFloatFormat(spec.format)
                         ? part * kPanelRows * 4
                         : part / formatTraits(spec.format).group *
                               unpackedGroup(facts, spec.format, spec.nr).panelBytes();
  kernel.l1Bytes = unpacked + spec.mr * (activationBytes(spec.format, part) + spec.nr * 4);
  kernel.l2Bytes = unpacked + tokens * (activationBytes(spec.format, k) + kPanelRows * 4);
}

} // namespace

KernelModels::KernelModels(const KernelSet &set)
    : set(set), target(ir::modelledTarget(set.target)) {
  KernelClass cls = *parseKernelClass(target.getKernelClass());
  integerPeak = peakMacsPerCycle(cls, /*floats=*/false, target);
  floatPeak = peakMacsPerCycle(cls, /*floats=*/true, target);
}

const ReportKernel &KernelModels::matmul(StringRef name, int64_t k, int64_t tokens) {
  auto [entry, isNew] = kernels.try_emplace(name.str());
  ReportKernel &kernel = entry->second;
  auto spec = parseKernelName(name);
  if (!spec) {
    kernel.problem = "not modelled: " + toString(spec.takeError());
    kernel.name = name.str();
    return kernel;
  }
  if (isNew) {
    kernel.name = name.str();
    kernel.what = explainKernel(*spec);
    kernel.phase = spec->phase() == KernelPhase::Decode ? "decode" : "prefill";
    setModel(kernel, modelMatmulKernel(*spec, target),
             isFloatFormat(spec->format) ? floatPeak : integerPeak);
  }
  if (packedPanelBytes(spec->format, k) > kernel.panelBytes)
    setWorkingSet(kernel, *spec, k, tokens);
  return kernel;
}

const ReportKernel &KernelModels::halide(StringRef kind, StringRef phase) {
  auto [entry, isNew] = kernels.try_emplace(kind.str());
  ReportKernel &kernel = entry->second;
  if (!isNew)
    return kernel;
  kernel.name = kind.str();
  kernel.what = "made by Halide";
  kernel.phase = phase.str();
  for (const std::string &file : set.files) {
    std::string symbol = findFunction(file, ("qwen_" + kind).str());
    if (symbol.empty())
      continue;
    kernel.what = "made by Halide: " + symbol;
    setModel(kernel, modelHottestLoop(file, symbol, target), floatPeak);
    return kernel;
  }
  kernel.problem = ("not modelled: no function qwen_" + kind).str();
  return kernel;
}

std::vector<ReportKernel> KernelModels::take() {
  std::vector<ReportKernel> result;
  for (auto &[name, kernel] : kernels)
    result.push_back(std::move(kernel));
  return result;
}
