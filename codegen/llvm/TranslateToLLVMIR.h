//===- codegen/llvm/TranslateToLLVMIR.h - MLIR to LLVM IR ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_LLVM_TRANSLATETOLLVMIR_H
#define QWENC_CODEGEN_LLVM_TRANSLATETOLLVMIR_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace qwenc {

/// Lowers what remains of arith, scf and vector in `module` to the LLVM dialect
/// and translates it. `module` is changed.
llvm::Expected<std::unique_ptr<llvm::Module>> translateToLLVMIR(mlir::ModuleOp module,
                                                                llvm::LLVMContext &context);

/// Registers the translations of the dialects that codegen emits.
void registerLLVMTranslations(mlir::DialectRegistry &registry);

} // namespace qwenc
#endif
