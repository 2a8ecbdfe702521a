//===- codegen/llvm/EmitObject.h - LLVM IR to machine code -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_LLVM_EMITOBJECT_H
#define QWENC_CODEGEN_LLVM_EMITOBJECT_H

#include "ir/QwenDialect.h"
#include "ir/kernels/KernelSpec.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>
#include <string>

namespace qwenc {

/// A code generator for `target`. Code may use the features of the target's
/// kernel class and no others, because those are what the runtime checks at
/// start; the CPU's own name only tunes.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(ir::TargetAttr target);

/// Sets data layout, triple and the function attributes of `target`, and runs
/// LLVM's pipeline at -O2.
void optimizeModule(llvm::Module &module, llvm::TargetMachine &machine, ir::TargetAttr target);

/// Machine code as an ELF object or as assembly text. The module must have been
/// optimised; it is used up.
llvm::Expected<std::string> emitMachineCode(llvm::Module &module, llvm::TargetMachine &machine,
                                            llvm::CodeGenFileType type);

/// A module of MLIR's arith, scf, vector and LLVM dialects as a file of code for
/// `target`, by the steps above. The module is used up.
llvm::Expected<std::string> compileModule(mlir::ModuleOp module, ir::TargetAttr target,
                                          llvm::CodeGenFileType type);

} // namespace qwenc
#endif
