//===- codegen/cost/KernelCost.cpp - what a micro-kernel costs -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/cost/KernelCost.h"

#include "codegen/llvm/EmitObject.h"
#include "codegen/microkernel/EmitMatmul.h"
#include "ir/kernels/KernelName.h"

using namespace mlir;
using namespace qwenc;

llvm::Expected<OwningOpRef<ModuleOp>> qwenc::emitKernelModule(const MatmulKernelSpec &spec,
                                                              MLIRContext &context) {
  loadKernelDialects(context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  OpBuilder builder(module->getBodyRegion());
  if (auto function = emitMatmul(builder, *module, spec, SmallBatch::Declared); !function)
    return function.takeError();
  return module;
}

llvm::Expected<LoopModel> qwenc::modelEmittedKernel(ModuleOp module, const MatmulKernelSpec &spec,
                                                    ir::TargetAttr target) {
  auto object = compileModule(module, target, llvm::CodeGenFileType::ObjectFile);
  if (!object)
    return object.takeError();
  auto model = modelHottestLoop(*object, formatKernelName(spec), target);
  if (model)
    model->macs /= productsPerWeight(spec);
  return model;
}

llvm::Expected<LoopModel> qwenc::modelMatmulKernel(const MatmulKernelSpec &spec,
                                                   ir::TargetAttr target) {
  auto module = emitKernelModule(spec, *target.getContext());
  if (!module)
    return module.takeError();
  return modelEmittedKernel(**module, spec, target);
}
