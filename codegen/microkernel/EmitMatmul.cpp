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

llvm::Expected<LLVM::LLVMFuncOp> emitMatmul(OpBuilder &builder, ModuleOp module,
                                            const MatmulKernelSpec &spec) {
  if (llvm::Error error = verifyMatmulSpec(spec))
    return std::move(error);
  std::string name = formatKernelName(spec);
  if (auto existing = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return existing;

  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  MLIRContext *context = builder.getContext();
  Location loc = NameLoc::get(builder.getStringAttr(name));
  KernelBuilder kb(builder, loc, kernelFacts(spec.cls));
  SmallVector<Type> types(6, kb.ptr());
  types.append(7, kb.i64());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), types);
  auto function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
  kb.setVectorLength(function);
  // The output is never one of the inputs but `init`.
  for (unsigned argument = 0; argument < 4; ++argument) {
    function.setArgAttr(argument, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
    function.setArgAttr(argument, LLVM::LLVMDialect::getReadonlyAttrName(), builder.getUnitAttr());
  }

  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  auto args = entry->getArguments();
  MatmulArguments named{args[0], args[1], args[2], args[3],  args[4],  args[5], args[6],
                        args[7], args[8], args[9], args[10], args[11], args[12]};
  if (spec.phase() == KernelPhase::Prefill)
    emitPrefill(kb, spec, named);
  else if (isFloatFormat(spec.format))
    emitDecodeFloat(kb, spec, named);
  else
    emitDecodeInteger(kb, spec, named);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  return function;
}

} // namespace qwenc
