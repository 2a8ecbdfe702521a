//===- ir/target/ResolveTarget.cpp - --mcpu to #qwen.target ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/target/ResolveTarget.h"

#include "ir/NearestNames.h"
#include "ir/target/KnownCpus.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc::ir;

static constexpr StringLiteral kTriples[] = {"aarch64-linux-gnu", "x86_64-linux-gnu"};

void qwenc::ir::initializeTargets() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86Disassembler();
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  LLVMInitializeAArch64Disassembler();
}

static std::unique_ptr<MCSubtargetInfo> createSubtarget(const Triple &triple, StringRef cpu,
                                                        StringRef features) {
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<MCSubtargetInfo>(target->createMCSubtargetInfo(triple, cpu, features));
}

static bool knowsCpu(const Triple &triple, StringRef cpu) {
  auto subtarget = createSubtarget(triple, "", "");
  return subtarget && subtarget->isCPUStringValid(cpu);
}

TargetAttr qwenc::ir::modelledTarget(TargetAttr target) {
  return TargetAttr::get(target.getContext(), getCpuFacts(target.getCpu()).modelAs,
                         target.getTriple(), target.getKernelClass(), target.getFeatures(),
                         target.getL1Bytes(), target.getL2Bytes(), target.getPrefetchBytes(),
                         target.getPrefetchLevel());
}

SmallVector<StringRef> qwenc::ir::cpuNames(const MCSubtargetInfo &subtarget) {
  SmallVector<StringRef> names;
  for (const SubtargetSubTypeKV &row : subtarget.getAllProcessorDescriptions())
    names.push_back(row.Key);
  // "apple-m1" and such, which LLVM keeps apart.
  if (subtarget.getTargetTriple().isAArch64())
    for (const AArch64::Alias &alias : AArch64::CpuAliases)
      names.push_back(alias.AltName);
  return names;
}

/// Names of either triple that are near to a wrong one.
static std::string nearestCpus(StringRef cpu) {
  SmallVector<StringRef> names;
  for (StringRef triple : kTriples)
    if (auto subtarget = createSubtarget(Triple(triple), "", ""))
      append_range(names, cpuNames(*subtarget));
  return nearestNames(cpu, names);
}

/// Classes for SVE: of the longest vectors that kernels are written for and the CPU
/// has, or of all where nobody knows. Vectors of 128 bits are no longer than NEON's,
/// which can do all that these do.
static SmallVector<StringRef, 1> selectSveClasses(StringRef cpu, bool hasI8mm) {
  struct Row {
    unsigned bits;
    StringLiteral dotprod, i8mm;
  };
  static constexpr Row rows[] = {{512, "sve512_dotprod", "sve512_i8mm"},
                                 {256, "sve256_dotprod", "sve256_i8mm"}};
  SmallVector<StringRef, 1> classes;
  const unsigned bits = getSveBits(cpu);
  for (const Row &row : rows)
    if (bits == 0 || (row.bits <= bits && classes.empty()))
      classes.push_back(hasI8mm ? row.i8mm : row.dotprod);
  return classes;
}

/// The classes of micro-kernels, best first, by the features they use.
static SmallVector<StringRef, 1> selectKernelClasses(const Triple &triple,
                                                     const MCSubtargetInfo &subtarget) {
  auto has = [&](StringRef features) { return subtarget.checkFeatures(features); };
  if (triple.isAArch64()) {
    SmallVector<StringRef, 1> classes;
    if (has("+sve"))
      classes = selectSveClasses(subtarget.getCPU(), has("+dotprod,+i8mm"));
    if (classes.size() != 1)
      classes.push_back(has("+dotprod,+i8mm") ? "neon_i8mm"
                        : has("+dotprod")     ? "neon_dotprod"
                                              : "neon");
    return classes;
  }
  if (has("+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni"))
    return {"avx512_vnni"};
  if (has("+avx2,+fma,+f16c"))
    return {has("+avxvnni") ? "avx_vnni" : "avx2"};
  return {"sse"};
}

Expected<SmallVector<TargetAttr, 1>> qwenc::ir::resolveTargets(mlir::MLIRContext *context,
                                                               const TargetRequest &request) {
  std::string cpu = request.cpu;
  Triple triple(request.triple);
  SmallVector<std::string> features;
  if (cpu == "native") {
    Triple host(sys::getDefaultTargetTriple());
    if (!request.triple.empty() && triple.getArch() != host.getArch())
      return createStringError("--mcpu=native does not go with --mtriple=" + request.triple);
    triple = Triple(host.isAArch64() ? kTriples[0] : kTriples[1]);
    cpu = sys::getHostCPUName().str();
    // The host's own list matters: hypervisors hide features that the model has.
    for (const auto &feature : sys::getHostCPUFeatures())
      features.push_back((feature.second ? "+" : "-") + feature.first().str());
    llvm::sort(features);
  } else if (cpu == "generic") {
    if (request.triple.empty())
      triple = Triple(kTriples[0]);
    if (triple.isX86())
      cpu = "x86-64-v2";
  } else if (request.triple.empty()) {
    for (StringRef name : kTriples)
      if (knowsCpu(Triple(name), cpu))
        triple = Triple(name);
  }
  if ((!triple.isAArch64() && !triple.isX86_64()) && !request.triple.empty())
    return createStringError("--mtriple=" + request.triple +
                             ": only aarch64-linux-gnu and x86_64-linux-gnu are supported");
  if (triple.getArch() == Triple::UnknownArch || !knowsCpu(triple, cpu))
    return createStringError("unknown CPU '" + request.cpu + "'" +
                             (request.triple.empty() ? "" : " for " + request.triple) +
                             "; the nearest names are " + nearestCpus(cpu));
  if (!triple.isOSLinux())
    triple = Triple(triple.isAArch64() ? kTriples[0] : kTriples[1]);

  SmallVector<StringRef> extra;
  StringRef(request.attrs).split(extra, ',', -1, /*KeepEmpty=*/false);
  auto known = createSubtarget(triple, cpu, "");
  for (StringRef feature : extra) {
    StringRef name = feature.drop_front();
    bool exists =
        llvm::any_of(known->getAllProcessorFeatures(),
                     [&](const SubtargetFeatureKV &row) { return StringRef(row.Key) == name; });
    if ((feature[0] != '+' && feature[0] != '-') || !exists)
      return createStringError("--mattr: unknown feature '" + feature.str() + "' for " +
                               triple.str() + "; write +name or -name");
    features.push_back(feature.str());
  }

  std::string featureString = join(features, ",");
  auto subtarget = createSubtarget(triple, cpu, featureString);
  CpuCaches caches = getCpuCaches(cpu);
  const CpuPrefetch prefetch = getCpuPrefetch(cpu);
  SmallVector<TargetAttr, 1> targets;
  for (StringRef cls : selectKernelClasses(triple, *subtarget))
    targets.push_back(TargetAttr::get(context, cpu, triple.str(), cls, featureString, caches.l1,
                                      caches.l2, prefetch.bytes, prefetch.level));
  return targets;
}

Expected<TargetAttr> qwenc::ir::resolveTarget(mlir::MLIRContext *context,
                                              const TargetRequest &request) {
  auto targets = resolveTargets(context, request);
  if (!targets)
    return targets.takeError();
  return targets->front();
}

std::string qwenc::ir::explainVectorLength(TargetAttr target) {
  Triple triple(target.getTriple());
  auto subtarget = createSubtarget(triple, target.getCpu(), target.getFeatures());
  if (!triple.isAArch64() || !subtarget || !subtarget->checkFeatures("+sve"))
    return "";
  const unsigned bits = getSveBits(target.getCpu());
  const bool usesSve = target.getKernelClass().starts_with("sve");
  if (bits == 0)
    return usesSve ? "how long its SVE vectors are is known at start only; this code is for one "
                     "length that is tried"
                   : "how long its SVE vectors are is known at start only; this code is for those "
                     "that SVE code does not fit";
  std::string text = "its SVE vectors have " + std::to_string(bits) + " bits, ";
  if (!usesSve)
    return text + "no more than NEON's, so that NEON does as much";
  return text + "so that a product takes fewer instructions than NEON's; what is not a product "
                "is NEON code, because Halide makes none for SVE without SVE2";
}
