//===- codegen/microkernel/EmitMatmul.cpp - quantised matmul kernels ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/EmitMatmul.h"
#include "codegen/microkernel/MatmulEmitters.h"
#include "ir/kernels/KernelName.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace qwenc {

void loadKernelDialects(MLIRContext &context) {
  context.loadDialect<LLVM::LLVMDialect, arith::ArithDialect, scf::SCFDialect,
                      vector::VectorDialect>();
}

TokenMatrix startMatrix(KernelBuilder &kb, Epilogue epilogue, const MatmulArguments &args,
                        Value row, Value zeros) {
  Value zero = kb.constI64(0), rowBytes = kb.shl(row, 2);
  switch (epilogue) {
  case Epilogue::Store:
    return {zeros, zero};
  case Epilogue::Bias:
    return {kb.at(args.init, rowBytes), zero};
  case Epilogue::Accumulate:
    return {kb.at(args.init, rowBytes), kb.shl(args.initStride, 2)};
  }
  llvm_unreachable("not an epilogue");
}

int productsPerWeight(const MatmulKernelSpec &spec) {
  const bool decode = spec.phase() == KernelPhase::Decode;
  return decode && sumsBitsApart(kernelFacts(spec.cls), formatTraits(spec.format)) ? 2 : 1;
}

namespace {

LLVM::LLVMFuncOp declareFunction(KernelBuilder &kb, ModuleOp module, const Twine &name) {
  OpBuilder &builder = kb.builder;
  builder.setInsertionPointToEnd(module.getBody());
  SmallVector<Type> types(7, kb.ptr());
  types.append(7, kb.i64());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()), types);
  auto function = LLVM::LLVMFuncOp::create(builder, kb.loc, name.str(), type);
  kb.setVectorLength(function);
  // The output is never one of the inputs but `init`.
  for (unsigned argument = 0; argument < 5; ++argument) {
    function.setArgAttr(argument, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
    function.setArgAttr(argument, LLVM::LLVMDialect::getReadonlyAttrName(), builder.getUnitAttr());
  }
  return function;
}

/// A kernel's function, with the builder in its entry block.
LLVM::LLVMFuncOp createFunction(KernelBuilder &kb, ModuleOp module, const Twine &name) {
  LLVM::LLVMFuncOp function = declareFunction(kb, module, name);
  kb.builder.setInsertionPointToStart(function.addEntryBlock(kb.builder));
  return function;
}

MatmulArguments argumentsOf(LLVM::LLVMFuncOp function) {
  auto args = function.getArguments();
  return {args[0], args[1], args[2], args[3],  args[4],  args[5],  args[6],
          args[7], args[8], args[9], args[10], args[11], args[12], args[13]};
}

/// The kernel for any number of tokens. Few go through a function of their own, so
/// that each has a loop that the cost model can tell apart.
LLVM::LLVMFuncOp createPrefill(KernelBuilder &kb, ModuleOp module, const MatmulKernelSpec &spec,
                               SmallBatch smallBatch) {
  const std::string name = formatKernelName(spec), batchName = name + "_batch";
  LLVM::LLVMFuncOp batch;
  if (isFloatFormat(spec.format)) {
    // Floats need no unpacking that few tokens would save.
  } else if (smallBatch == SmallBatch::Declared) {
    batch = declareFunction(kb, module, batchName);
  } else {
    batch = createFunction(kb, module, batchName);
    batch.setLinkage(LLVM::Linkage::Internal);
    batch.setNoInline(true);
    emitSmallBatch(kb, spec, argumentsOf(batch));
    LLVM::ReturnOp::create(kb.builder, kb.loc, ValueRange());
  }
  LLVM::LLVMFuncOp function = createFunction(kb, module, name);
  MatmulArguments args = argumentsOf(function);
  if (!batch) {
    emitPrefill(kb, spec, args);
    return function;
  }
  // No panels for the loops if tokens are few: an early return would put what the
  // loops keep on the stack behind a branch, where LLVM makes it dynamic.
  Value few = kb.less(args.m, kb.constI64(kBatchTokens + 1));
  args.panelEnd = kb.select(few, args.panelBegin, args.panelEnd);
  emitPrefill(kb, spec, args);
  kb.ifThen(few, [&] { LLVM::CallOp::create(kb.builder, kb.loc, batch, function.getArguments()); });
  return function;
}

} // namespace

llvm::Expected<LLVM::LLVMFuncOp> emitMatmul(OpBuilder &builder, ModuleOp module,
                                            const MatmulKernelSpec &spec, SmallBatch batch) {
  if (llvm::Error error = verifyMatmulSpec(spec))
    return std::move(error);
  std::string name = formatKernelName(spec);
  if (auto existing = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return existing;

  OpBuilder::InsertionGuard guard(builder);
  Location loc = NameLoc::get(builder.getStringAttr(name));
  KernelBuilder kb(builder, loc, kernelFacts(spec.cls));
  LLVM::LLVMFuncOp function;
  if (spec.phase() == KernelPhase::Prefill) {
    function = createPrefill(kb, module, spec, batch);
  } else {
    function = createFunction(kb, module, name);
    auto emit = isFloatFormat(spec.format) ? emitDecodeFloat : emitDecodeInteger;
    emit(kb, spec, argumentsOf(function));
  }
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  return function;
}

} // namespace qwenc
