//===- tests/kernels/ModelKernel.cpp - what kernels cost on a CPU ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   ModelKernel [--asm] CPU KERNEL...
//
// Models the inner loop of each kernel, by name, as qwenc's cost model does: a
// line with cycles of an iteration, instructions, and multiply-adds a cycle.
// --asm prints the kernel's assembly instead, without what it calls for few tokens.
//===----------------------------------------------------------------------===//
#include "codegen/cost/KernelCost.h"
#include "codegen/llvm/EmitObject.h"
#include "codegen/llvm/TranslateToLLVMIR.h"
#include "ir/kernels/KernelName.h"
#include "ir/target/KnownCpus.h"
#include "ir/target/ResolveTarget.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

int main(int argc, char **argv) {
  cl::opt<bool> printAssembly("asm", cl::desc("print assembly"));
  cl::opt<std::string> cpu(cl::Positional, cl::Required, cl::desc("CPU"));
  cl::list<std::string> names(cl::Positional, cl::OneOrMore, cl::desc("KERNEL..."));
  cl::ParseCommandLineOptions(argc, argv, "Models matmul kernels\n");
  ExitOnError check("ModelKernel: ");
  ir::initializeTargets();
  mlir::DialectRegistry registry;
  registry.insert<ir::QwenDialect, mlir::arith::ArithDialect, mlir::scf::SCFDialect,
                  mlir::LLVM::LLVMDialect>();
  registerLLVMTranslations(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  ir::TargetAttr target = check(ir::resolveTarget(&context, {cpu, "", ""}));
  for (const std::string &name : names) {
    MatmulKernelSpec spec = check(parseKernelName(name));
    // Code for the named CPU, whatever class it has by itself.
    ir::TargetAttr own = ir::TargetAttr::get(&context, target.getCpu(), target.getTriple(),
                                             kernelClassName(spec.cls), target.getFeatures(),
                                             target.getL1Bytes(), target.getL2Bytes(),
                                             target.getPrefetchBytes(), target.getPrefetchLevel());
    if (printAssembly) {
      auto module = check(emitKernelModule(spec, context));
      outs() << check(compileModule(*module, own, CodeGenFileType::AssemblyFile));
      continue;
    }
    LoopModel model = check(modelMatmulKernel(spec, own));
    outs() << format("%8.1f cycles %5u instructions %7.2f macs/cycle  ", model.cycles,
                     model.instructions, model.macsPerCycle())
           << name << '\n';
  }
  return 0;
}
