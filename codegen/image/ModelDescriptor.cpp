//===- codegen/image/ModelDescriptor.cpp - the symbol qwen_model -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The structs are built as LLVM constants field by field, in the order of
// runtime/abi/ModelAbi.h; LLVM lays them out as C does. The sizes are compared
// with the header's, so that a forgotten field does not go unnoticed.
//===----------------------------------------------------------------------===//
#include "codegen/image/ModelDescriptor.h"

#include "codegen/halide/HalideKernel.h"
#include "codegen/llvm/EmitObject.h"
#include "ir/kernels/KernelSpec.h"
#include "runtime/abi/ModelAbi.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/LLVMContext.h"

using namespace llvm;
using namespace qwenc;

namespace {

class DescriptorBuilder {
public:
  explicit DescriptorBuilder(TargetMachine &machine) : module("qwen_model", context) {
    module.setTargetTriple(machine.getTargetTriple());
    module.setDataLayout(machine.createDataLayout());
  }

  void build(const ModelDescription &model, ArrayRef<KernelSet> sets) {
    SmallVector<Constant *> setRows, formatRows, operationRows;
    for (const KernelSet &set : sets) {
      KernelClass cls = *parseKernelClass(set.target.getKernelClass());
      setRows.push_back(record<QwenKernelSet>(
          {text(set.target.getCpu()), text(set.target.getKernelClass()), u32(abiFeaturesOf(cls)),
           u32(sveVectorBitsOf(cls)), function(set.prefillSymbol), function(set.decodeSymbol)}));
    }
    for (const KernelSet::Operation &op : sets.front().operations)
      operationRows.push_back(
          record<QwenOperation>({text(op.name), u64(op.macs), u64(op.weightBytes),
                                 u32(op.executions), u32(op.logitExecutions)}));
    for (const auto &[type, count] : model.formats)
      formatRows.push_back(record<QwenFormatCount>({text(type), u32(count)}));

    KVLayout cache{model.cache, model.kvHeads, model.headDim};
    StringRef cacheType = model.cache == KVFormat::Q8 ? "q8" : "f16";
    Constant *descriptor = record<QwenModel>({u32(QWEN_ABI_VERSION),
                                              u32(sizeof(QwenModel)),
                                              text(model.name),
                                              text(model.arch),
                                              text(model.version),
                                              text(model.sourceSha256),
                                              u32(model.vocab),
                                              u32(model.hidden),
                                              u32(model.layers),
                                              u32(model.heads),
                                              u32(model.kvHeads),
                                              u32(model.headDim),
                                              u32(model.contextMax),
                                              u32(model.maxBatch),
                                              u64(model.arenaShared),
                                              u64(model.arenaThread),
                                              u64(model.layers * cache.bytesPerPosition()),
                                              u32(model.barriersPerToken),
                                              u32(sets.size()),
                                              table(setRows),
                                              table(formatRows),
                                              u32(formatRows.size()),
                                              u32(0),
                                              u64(model.codeBytes),
                                              table(operationRows),
                                              u32(operationRows.size()),
                                              u32(0),
                                              text(cacheType),
                                              u32(model.ticketCounters),
                                              u32(0),
                                              text(model.weightFlags),
                                              text(model.flags),
                                              text(LLVM_VERSION_STRING),
                                              text(halideVersion()),
                                              text(model.scheduleSha256)});
    new GlobalVariable(module, descriptor->getType(), /*isConstant=*/true,
                       GlobalValue::ExternalLinkage, descriptor, "qwen_model");
  }

  Module &get() { return module; }

private:
  Constant *u32(uint64_t value) { return ConstantInt::get(Type::getInt32Ty(context), value); }
  Constant *u64(uint64_t value) { return ConstantInt::get(Type::getInt64Ty(context), value); }

  Constant *hidden(Constant *value) {
    auto *global = new GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                      GlobalValue::PrivateLinkage, value);
    return global;
  }
  Constant *text(StringRef value) {
    return hidden(ConstantDataArray::getString(context, value, /*AddNull=*/true));
  }
  Constant *table(ArrayRef<Constant *> rows) {
    if (rows.empty())
      return ConstantPointerNull::get(PointerType::getUnqual(context));
    return hidden(ConstantArray::get(ArrayType::get(rows.front()->getType(), rows.size()), rows));
  }
  Constant *function(StringRef symbol) {
    auto *type = FunctionType::get(Type::getVoidTy(context),
                                   {PointerType::getUnqual(context), Type::getInt32Ty(context)},
                                   /*isVarArg=*/false);
    return cast<Constant>(module.getOrInsertFunction(symbol, type).getCallee());
  }
  template <typename Abi> Constant *record(ArrayRef<Constant *> fields) {
    Constant *value = ConstantStruct::getAnon(context, fields);
    assert(module.getDataLayout().getTypeAllocSize(value->getType()) == sizeof(Abi) &&
           "the fields are those of the ABI");
    return value;
  }

  LLVMContext context;
  Module module;
};

} // namespace

Expected<std::string> qwenc::emitModelDescriptor(const ModelDescription &model,
                                                 ArrayRef<KernelSet> sets) {
  auto machine = createTargetMachine(sets.front().target);
  if (!machine)
    return machine.takeError();
  DescriptorBuilder builder(**machine);
  builder.build(model, sets);
  return emitMachineCode(builder.get(), **machine, CodeGenFileType::ObjectFile);
}
