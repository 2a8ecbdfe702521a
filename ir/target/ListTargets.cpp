//===- ir/target/ListTargets.cpp - every CPU that can be named -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/target/ListTargets.h"

#include "ir/target/ResolveTarget.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc::ir;

namespace {

struct Architecture {
  StringLiteral triple;
  /// What any CPU must have to run programs of the triple.
  StringLiteral baseline;
  ArrayRef<StringLiteral> features;
};

constexpr StringLiteral kArmFeatures[] = {"dotprod", "i8mm", "bf16", "fullfp16", "sve", "sve2"};
constexpr StringLiteral kX86Features[] = {
    "sse4.2", "avx2", "fma", "f16c", "avxvnni", "avx512f", "avx512vnni", "avx512bf16", "amx-int8"};
constexpr Architecture kArchitectures[] = {
    {"aarch64-linux-gnu", "+neon", kArmFeatures},
    {"x86_64-linux-gnu", "+64bit", kX86Features},
};

} // namespace

Expected<std::vector<TargetLine>> qwenc::ir::listTargets(mlir::MLIRContext *context) {
  initializeTargets();
  std::vector<TargetLine> lines;
  for (const Architecture &architecture : kArchitectures) {
    Triple triple(architecture.triple);
    std::string error;
    const Target *target = TargetRegistry::lookupTarget(triple, error);
    if (!target)
      return createStringError(error);
    auto subtarget = [&](StringRef cpu) {
      return std::unique_ptr<MCSubtargetInfo>(target->createMCSubtargetInfo(triple, cpu, ""));
    };
    std::unique_ptr<MCSubtargetInfo> any = subtarget("");
    for (StringRef cpu : cpuNames(*any)) {
      std::unique_ptr<MCSubtargetInfo> facts = subtarget(cpu);
      if (!facts->checkFeatures(architecture.baseline))
        continue;
      auto resolved = resolveTargets(context, {cpu.str(), triple.str(), ""});
      if (!resolved)
        return resolved.takeError();
      TargetLine line{cpu.str(), resolved->front().getTriple().str(), "", {}};
      line.kernelClasses =
          join(map_range(*resolved, [](TargetAttr t) { return t.getKernelClass().str(); }), "/");
      for (StringRef feature : architecture.features)
        if (facts->checkFeatures(("+" + feature).str()))
          line.features.push_back(feature.str());
      lines.push_back(std::move(line));
    }
  }
  llvm::sort(lines, [](const TargetLine &a, const TargetLine &b) {
    return std::tie(a.triple, a.cpu) < std::tie(b.triple, b.cpu);
  });
  return lines;
}
