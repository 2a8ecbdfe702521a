//===- codegen/llvm/TranslateToLLVMIR.cpp - MLIR to LLVM IR ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/llvm/TranslateToLLVMIR.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void qwenc::registerLLVMTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

llvm::Expected<std::unique_ptr<llvm::Module>> qwenc::translateToLLVMIR(ModuleOp module,
                                                                       llvm::LLVMContext &context) {
  PassManager pm(module.getContext());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  if (failed(pm.run(module)))
    return llvm::createStringError("internal error: the step does not lower to LLVM");
  auto result = translateModuleToLLVMIR(module, context, "qwen");
  if (!result)
    return llvm::createStringError("internal error: the step does not translate to LLVM IR");
  return result;
}
