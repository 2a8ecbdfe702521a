//===- tests/kernels/KernelCompiler.cpp - kernels to code that runs -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernels/KernelCompiler.h"
#include "codegen/microkernel/EmitEmbedding.h"
#include "codegen/microkernel/EmitMatmul.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

namespace qwenc {
namespace {

llvm::Error failure(const llvm::Twine &what) { return llvm::createStringError(what); }

llvm::Expected<std::unique_ptr<llvm::Module>> translate(const KernelBatch &batch,
                                                        llvm::LLVMContext &llvmContext) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::registerBuiltinDialectTranslation(context);
  mlir::registerLLVMDialectTranslation(context);
  loadKernelDialects(context);
  mlir::OpBuilder builder(&context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(builder.getUnknownLoc());
  for (const MatmulKernelSpec &spec : batch.matmuls)
    if (auto function = emitMatmul(builder, *module, spec); !function)
      return function.takeError();
  for (WeightFormat format : batch.embeddings)
    if (auto function = emitEmbedding(builder, *module, batch.cls, format); !function)
      return function.takeError();

  mlir::PassManager passes(&context);
  passes.addPass(mlir::createConvertVectorToLLVMPass());
  passes.addPass(mlir::createSCFToControlFlowPass());
  passes.addPass(mlir::createConvertControlFlowToLLVMPass());
  passes.addPass(mlir::createArithToLLVMConversionPass());
  passes.addPass(mlir::createReconcileUnrealizedCastsPass());
  if (failed(passes.run(*module)))
    return failure("lowering of the kernels failed");
  std::unique_ptr<llvm::Module> llvmModule = mlir::translateModuleToLLVMIR(*module, llvmContext);
  if (!llvmModule)
    return failure("translation of the kernels to LLVM IR failed");
  return llvmModule;
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> targetMachine(KernelClass cls,
                                                                   llvm::StringRef cpu) {
  bool x86 = archOf(cls) == KernelArch::X86;
  if (x86) {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  } else {
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
  }
  llvm::Triple triple(x86 ? "x86_64-unknown-linux-gnu" : "aarch64-unknown-linux-gnu");
  std::string message;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return failure(message);
  llvm::StringRef base = x86 ? "x86-64-v2" : "generic";
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpu.empty() ? base : cpu, llvmFeaturesOf(cls), llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  module.setDataLayout(machine.createDataLayout());
  module.setTargetTriple(machine.getTargetTriple());
  // A machine with AVX-512 would be held to 256 bits by its tuning.
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      function.addFnAttr("prefer-vector-width", "512");
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

llvm::Expected<std::string> emit(llvm::Module &module, llvm::TargetMachine &machine,
                                 bool assembly) {
  llvm::SmallVector<char, 0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  auto type = assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type))
    return failure("the target cannot emit this kind of file");
  passes.run(module);
  return std::string(text.begin(), text.end());
}

} // namespace

KernelBatch allKernelsOf(KernelClass cls) {
  KernelBatch batch{cls, {}, {}};
  for (WeightFormat format : allWeightFormats()) {
    for (Epilogue epilogue : allEpilogues())
      for (KernelPhase phase : {KernelPhase::Decode, KernelPhase::Prefill})
        batch.matmuls.push_back(defaultMatmulSpec(cls, format, epilogue, phase));
    batch.embeddings.push_back(format);
  }
  return batch;
}

llvm::Expected<std::string> compileKernels(const KernelBatch &batch, llvm::StringRef cpu,
                                           bool assembly) {
  llvm::LLVMContext context;
  auto module = translate(batch, context);
  if (!module)
    return module.takeError();
  auto machine = targetMachine(batch.cls, cpu);
  if (!machine)
    return machine.takeError();
  optimize(**module, **machine);
  return emit(**module, **machine, assembly);
}

bool hostRuns(KernelClass cls) {
#if defined(__x86_64__)
  if (archOf(cls) != KernelArch::X86)
    return false;
#elif defined(__aarch64__)
  if (archOf(cls) != KernelArch::AArch64)
    return false;
#endif
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  llvm::SmallVector<llvm::StringRef> needed;
  llvmFeaturesOf(cls).split(needed, ',');
  return llvm::all_of(
      needed, [&](llvm::StringRef feature) { return features.lookup(feature.drop_front()); });
}

llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> jitKernels(const KernelBatch &batch) {
  auto object = compileKernels(batch, "", /*assembly=*/false);
  if (!object)
    return object.takeError();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  if (llvm::Error error =
          (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(*object, "kernels")))
    return std::move(error);
  return std::move(*jit);
}

} // namespace qwenc
