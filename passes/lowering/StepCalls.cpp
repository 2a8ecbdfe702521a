//===- passes/lowering/StepCalls.cpp - calls of kernels --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lowering/StepBuilder.h"

#include "llvm/Support/FormatVariadic.h"
#include <string>

using namespace mlir;
using namespace qwenc;

// Of a halide_buffer_t (HalideRuntime.h) kernels read only these fields.
static constexpr int64_t kHalideBufferBytes = 56;
static constexpr int64_t kHalideHostOffset = 16;
static constexpr int64_t kHalideDimOffset = 40;
static constexpr int64_t kHalideDimensionBytes = 16; // int32 min, extent, stride, flags
static constexpr int64_t kHalideMaxDimensions = 4;

void StepBuilder::emitCall(LLVM::LLVMFuncOp callee, ValueRange args) {
  auto call = LLVM::CallOp::create(builder, loc, callee, args);
  call->setAttr(ir::kOperationAttrName, builder.getI64IntegerAttr(operation));
}

void StepBuilder::callKernel(StringRef name, ValueRange args) {
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!callee) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()),
                                            llvm::to_vector(args.getTypes()));
    callee = LLVM::LLVMFuncOp::create(builder, loc, name, type);
    callee->setAttr(ir::kKernelAttrName, builder.getStringAttr(name));
  }
  emitCall(callee, args);
}

void StepBuilder::callMatmul(Operation *op, unsigned index, Value matrix, ir::WeightType type,
                             const Q8Address &input, Share panels, Value tokens,
                             const MatmulOutput &output) {
  auto kernels = op->getAttrOfType<ArrayAttr>(ir::kKernelsAttrName);
  Value args[] = {matrix,
                  input.q,
                  input.scale,
                  input.neg8,
                  input.sums(type),
                  output.out,
                  output.init ? output.init : output.out,
                  panels.begin,
                  panels.end,
                  i64(type.getRows()),
                  tokens,
                  i64(type.getCols()),
                  i64(output.outStride),
                  i64(output.initStride)};
  callKernel(cast<StringAttr>(kernels[index]).getValue(), args);
}

/// The buffer of argument `index`, allocated once in the entry block with its
/// dimensions, and filled anew for every call.
Value StepBuilder::halideBuffer(unsigned index) {
  while (halideBuffers.size() <= index) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&function.getBody().front());
    int64_t bytes = kHalideBufferBytes + kHalideMaxDimensions * kHalideDimensionBytes;
    Value one = i64(1);
    Value buffer = LLVM::AllocaOp::create(builder, loc, ptr, LLVM::LLVMArrayType::get(i8, bytes),
                                          one, /*alignment=*/8);
    LLVM::StoreOp::create(builder, loc, offset(buffer, kHalideBufferBytes),
                          offset(buffer, kHalideDimOffset));
    halideBuffers.push_back(buffer);
  }
  return halideBuffers[index];
}

/// `qwen_norm_quantize_width576_eps1em05`: the kind and the facts that make it.
static std::string halideSymbol(StringRef kind, ArrayRef<NamedAttribute> spec) {
  std::string symbol = ("qwen_" + kind).str();
  for (NamedAttribute fact : spec) {
    std::string text;
    if (auto number = dyn_cast<FloatAttr>(fact.getValue()))
      text = llvm::formatv("{0:e2}", number.getValueAsDouble());
    else
      text = std::to_string(cast<IntegerAttr>(fact.getValue()).getInt());
    llvm::replace(text, '-', 'm');
    llvm::replace(text, '.', 'p');
    llvm::erase(text, '+');
    symbol += "_" + fact.getName().str() + text;
  }
  return symbol;
}

void StepBuilder::callHalide(StringRef kind, ArrayRef<NamedAttribute> spec,
                             ArrayRef<HalideArg> args) {
  std::string symbol = halideSymbol(kind, spec);
  SmallVector<Value> values;
  for (auto [index, arg] : llvm::enumerate(args)) {
    if (arg.isScalar) {
      values.push_back(arg.base);
      continue;
    }
    Value buffer = halideBuffer(index);
    Value host = arg.base;
    for (auto [d, dim] : llvm::enumerate(arg.dims)) {
      if (!dim.extent)
        continue;
      Value stride = dim.dynamicStride ? dim.dynamicStride : i64(dim.stride);
      host = offset(host, mul(mul(dim.min, stride), arg.elementBytes));
      int64_t at = kHalideBufferBytes + d * kHalideDimensionBytes;
      Value fields[] = {toI32(dim.min), toI32(dim.extent), toI32(stride)};
      for (auto [f, field] : llvm::enumerate(fields))
        LLVM::StoreOp::create(builder, loc, field, offset(buffer, at + 4 * f));
    }
    LLVM::StoreOp::create(builder, loc, host, offset(buffer, kHalideHostOffset));
    values.push_back(buffer);
  }
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(symbol);
  if (!callee) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    auto type = LLVM::LLVMFunctionType::get(i32, llvm::to_vector(ValueRange(values).getTypes()));
    callee = LLVM::LLVMFuncOp::create(builder, loc, symbol, type);
    SmallVector<NamedAttribute> facts(spec);
    facts.push_back(builder.getNamedAttr("kind", builder.getStringAttr(kind)));
    callee->setAttr(ir::kHalideAttrName, builder.getDictionaryAttr(facts));
  }
  emitCall(callee, values);
}

HalideArg StepBuilder::rows2D(Value base, Share cols, Share rows, int64_t rowStride,
                              int64_t elementBytes) {
  HalideDim inner;
  if (cols.begin)
    inner = {cols.begin, sub(cols.end, cols.begin), 1};
  return {base, elementBytes, {inner, {rows.begin, sub(rows.end, rows.begin), rowStride}}};
}

NamedAttribute StepBuilder::attr(StringRef name, int64_t value) {
  return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
}
NamedAttribute StepBuilder::attr(StringRef name, double value) {
  return builder.getNamedAttr(name, builder.getF64FloatAttr(value));
}
