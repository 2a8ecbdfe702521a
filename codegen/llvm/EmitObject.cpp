//===- codegen/llvm/EmitObject.cpp - LLVM IR to machine code ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/llvm/EmitObject.h"

#include "codegen/llvm/TranslateToLLVMIR.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;

static StringRef baselineCpu(const Triple &triple) {
  return triple.isX86() ? "x86-64-v2" : "generic";
}

static StringRef classFeatures(ir::TargetAttr target) {
  return llvmFeaturesOf(*parseKernelClass(target.getKernelClass()));
}

Expected<std::unique_ptr<TargetMachine>> qwenc::createTargetMachine(ir::TargetAttr attr) {
  Triple triple(attr.getTriple());
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return createStringError("no code generator for " + triple.str() + ": " + error);
  TargetOptions options;
  options.FunctionSections = true;
  options.DataSections = true;
  std::unique_ptr<TargetMachine> machine(
      target->createTargetMachine(triple, baselineCpu(triple), classFeatures(attr), options,
                                  Reloc::Static, CodeModel::Small, CodeGenOptLevel::Default));
  if (!machine)
    return createStringError("LLVM cannot generate code for " + triple.str());
  return machine;
}

/// Kernels are emitted in an order in which the values of a tile fit the
/// registers. Before it allocates them, LLVM moves loads up to hide latencies,
/// until they fit no more: on a core that reorders instructions by itself that
/// only costs spills (a tile of smmla took 72 cycles instead of 52 in the model of
/// neoverse-n2). A core that runs them in order needs it. x86 keeps what was measured.
static void chooseScheduling(const Module &module, const TargetMachine &machine) {
  static cl::Option *option = cl::getRegisteredOptions().lookup("enable-misched");
  if (!option)
    return;
  bool reorder = true;
  if (machine.getTargetTriple().isAArch64())
    for (const Function &function : module)
      if (!function.isDeclaration() && function.hasFnAttribute("tune-cpu")) {
        std::unique_ptr<MCSubtargetInfo> core(machine.getTarget().createMCSubtargetInfo(
            machine.getTargetTriple(), function.getFnAttribute("tune-cpu").getValueAsString(), ""));
        reorder = !core->getSchedModel().isOutOfOrder();
        break;
      }
  option->addOccurrence(0, option->ArgStr, reorder ? "true" : "false");
}

void qwenc::optimizeModule(Module &module, TargetMachine &machine, ir::TargetAttr target) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    function.addFnAttr("tune-cpu", target.getCpu());
    // 512-bit registers where the class has them, whatever the tuning prefers.
    if (machine.getTargetTriple().isX86())
      function.addFnAttr("prefer-vector-width", "512");
    // What kernels say of the length of SVE's registers, steps that they are
    // inlined into must say too.
    if (int bits = sveVectorBitsOf(*parseKernelClass(target.getKernelClass())))
      function.addFnAttr(
          Attribute::getWithVScaleRangeArgs(module.getContext(), bits / 128, bits / 128));
    function.addFnAttr(Attribute::NoUnwind);
  }
  assert(!verifyModule(module, &errs()) && "the step function is well formed");

  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager sccs;
  ModuleAnalysisManager modules;
  PipelineTuningOptions tuning;
  // Kernels are vectorised and unrolled by their emitters.
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopUnrolling = false;
  PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(module, modules);
}

Expected<std::string> qwenc::emitMachineCode(Module &module, TargetMachine &machine,
                                             CodeGenFileType type) {
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  chooseScheduling(module, machine);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type))
    return createStringError("LLVM cannot write this kind of file for " +
                             machine.getTargetTriple().str());
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

Expected<std::string> qwenc::compileModule(mlir::ModuleOp module, ir::TargetAttr target,
                                           CodeGenFileType type) {
  LLVMContext context;
  auto code = translateToLLVMIR(module, context);
  if (!code)
    return code.takeError();
  auto machine = createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  optimizeModule(**code, **machine, target);
  return emitMachineCode(**code, **machine, type);
}
