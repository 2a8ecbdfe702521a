//===- passes/lowering/StepBuilder.cpp - builds the body of a step ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/lowering/StepBuilder.h"

#include "ir/kernels/FormatTraits.h"
#include "ir/kernels/RopeTables.h"
#include "runtime/abi/ModelAbi.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cstddef>

using namespace mlir;
using namespace qwenc;

// Of a halide_buffer_t (HalideRuntime.h) kernels read only these fields.
static constexpr int64_t kHalideBufferBytes = 56;
static constexpr int64_t kHalideHostOffset = 16;
static constexpr int64_t kHalideDimOffset = 40;
static constexpr int64_t kHalideDimensionBytes = 16; // int32 min, extent, stride, flags
static constexpr int64_t kHalideMaxDimensions = 4;

StepBuilder::StepBuilder(ModuleOp module, StringRef name, bool decode, int64_t dynamicOps)
    : builder(module.getContext()), loc(NameLoc::get(builder.getStringAttr(name))), module(module),
      model(module->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName)), decode(decode),
      dynamicOps(dynamicOps), ptr(LLVM::LLVMPointerType::get(module.getContext())),
      i8(builder.getI8Type()), i32(builder.getI32Type()), i64Type(builder.getI64Type()) {
  builder.setInsertionPointToEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()), {ptr, i32});
  function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);

  step = entry->getArgument(0);
  thread = arith::ExtSIOp::create(builder, loc, i64Type, entry->getArgument(1));
  weights = loadField(offsetof(QwenStep, weights), ptr);
  Value arena = loadField(offsetof(QwenStep, arena), ptr);
  kv = loadField(offsetof(QwenStep, kv), ptr);
  tokens = loadField(offsetof(QwenStep, tokens), ptr);
  logits = loadField(offsetof(QwenStep, logits), ptr);
  count = decode ? i64(1) : loadField(offsetof(QwenStep, count), i32);
  position = loadField(offsetof(QwenStep, position), i32);
  context = loadField(offsetof(QwenStep, context), i32);
  threads = loadField(offsetof(QwenStep, threads), i32);
  firstRow = i64(0);

  auto bytes = [&](StringRef attr) { return module->getAttrOfType<IntegerAttr>(attr).getInt(); };
  sharedArena = arena;
  Value mine = mul(thread, bytes(ir::kArenaThreadAttrName));
  threadArena = offset(arena, add(mine, i64(bytes(ir::kArenaSharedAttrName))));
}

void StepBuilder::finish() { LLVM::ReturnOp::create(builder, loc, ValueRange()); }

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value StepBuilder::i64(int64_t value) {
  return arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(value));
}
Value StepBuilder::add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
Value StepBuilder::sub(Value a, Value b) { return arith::SubIOp::create(builder, loc, a, b); }
Value StepBuilder::mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }
Value StepBuilder::mul(Value a, int64_t b) { return mul(a, i64(b)); }
Value StepBuilder::div(Value a, int64_t b) {
  return arith::DivUIOp::create(builder, loc, a, i64(b));
}
Value StepBuilder::ceilDiv(Value a, int64_t b) { return div(add(a, i64(b - 1)), b); }
Value StepBuilder::ceilDiv(Value a, Value b) {
  return arith::DivUIOp::create(builder, loc, add(a, sub(b, i64(1))), b);
}
Value StepBuilder::min(Value a, Value b) { return arith::MinSIOp::create(builder, loc, a, b); }
Value StepBuilder::max(Value a, Value b) { return arith::MaxSIOp::create(builder, loc, a, b); }
Value StepBuilder::div(Value a, Value b) { return arith::DivUIOp::create(builder, loc, a, b); }
Value StepBuilder::less(Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
}
Value StepBuilder::both(Value a, Value b) { return arith::AndIOp::create(builder, loc, a, b); }
Value StepBuilder::toI32(Value value) { return arith::TruncIOp::create(builder, loc, i32, value); }
Value StepBuilder::offset(Value pointer, Value bytes) {
  return LLVM::GEPOp::create(builder, loc, ptr, i8, pointer, bytes);
}
Value StepBuilder::offset(Value pointer, int64_t bytes) {
  return bytes ? offset(pointer, i64(bytes)) : pointer;
}

Value StepBuilder::loadI32(Value array, Value index) {
  Value element = LLVM::GEPOp::create(builder, loc, ptr, i32, array, index);
  Value value = LLVM::LoadOp::create(builder, loc, i32, element);
  return arith::ExtSIOp::create(builder, loc, i64Type, value);
}

void StepBuilder::storeI32(Value array, Value index, Value value) {
  Value element = LLVM::GEPOp::create(builder, loc, ptr, i32, array, index);
  LLVM::StoreOp::create(builder, loc, toI32(value), element);
}

void StepBuilder::copy(Value to, Value from, int64_t bytes) {
  LLVM::MemcpyOp::create(builder, loc, to, from, i64(bytes), /*isVolatile=*/false);
}

Value StepBuilder::loadField(int64_t bytes, Type type) {
  Value field = LLVM::LoadOp::create(builder, loc, type, offset(step, bytes));
  return type == i32 ? arith::ExtSIOp::create(builder, loc, i64Type, field) : field;
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

Share StepBuilder::threadShare(Value units) {
  Value shares = loadField(offsetof(QwenStep, shares), ptr);
  auto load = [&](Value index) -> Value {
    Value entry = LLVM::GEPOp::create(builder, loc, ptr, i32, shares, index);
    return arith::ExtSIOp::create(builder, loc, i64Type,
                                  LLVM::LoadOp::create(builder, loc, i32, entry));
  };
  Value all = load(threads);
  auto bound = [&](Value index) -> Value {
    return arith::DivUIOp::create(builder, loc, mul(units, load(index)), all);
  };
  return {bound(thread), bound(add(thread, i64(1)))};
}

/// The next number of a counter that all threads draw from. Units of one phase
/// do not depend on each other, and barriers order the phases: relaxed will do.
Value StepBuilder::drawTicket(Value counter) {
  Value one = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(1));
  Value drawn =
      LLVM::AtomicRMWOp::create(builder, loc, LLVM::AtomicBinOp::add, counter, one,
                                LLVM::AtomicOrdering::monotonic, StringRef(), /*alignment=*/4);
  return arith::ExtUIOp::create(builder, loc, i64Type, drawn);
}

int64_t StepBuilder::mostBlocks() const {
  return llvm::divideCeil(module->getAttrOfType<IntegerAttr>(ir::kMaxBatchAttrName).getInt(),
                          ir::kTokenBlock);
}

void StepBuilder::forBlock(Value index, Value blocks, llvm::function_ref<void()> body) {
  const Value stepFirst = firstRow, stepCount = count;
  Value rows = sub(stepCount, stepFirst);
  auto bound = [&](Value block) -> Value {
    return add(stepFirst, arith::DivUIOp::create(builder, loc, mul(rows, block), blocks));
  };
  count = bound(add(index, i64(1)));
  firstRow = bound(index);
  body();
  firstRow = stepFirst;
  count = stepCount;
}

/// Each block of tokens has threads that begin with it, those that also norm and
/// quantise about its rows: most of what a core reads of activations it has written.
/// When a block is done, its threads help with the next ones.
void StepBuilder::forUnits(ir::SplitAttr split, llvm::function_ref<Value()> units,
                           llvm::function_ref<void(Share)> body) {
  if (!split.getDynamic()) {
    Share share = threadShare(units());
    return ifAny(share, [&] { body(share); });
  }
  // A counter of its own for each execution and block: nobody needs to wind one back.
  constexpr int64_t counterBytes = 64;
  const int64_t opBytes = mostBlocks() * counterBytes;
  Value counters = offset(loadField(offsetof(QwenStep, tickets), ptr), nextDynamicOp++ * opBytes);
  if (layer)
    counters = offset(counters, mul(layer, dynamicOps * opBytes));
  Value blocks = ceilDiv(sub(count, firstRow), ir::kTokenBlock);
  Value own = div(mul(thread, blocks), threads);
  loop(own, add(own, blocks), i64(1), [&](Value turn) {
    Value block = arith::RemUIOp::create(builder, loc, turn, blocks);
    Value counter = offset(counters, mul(block, counterBytes));
    forBlock(block, blocks, [&] { forTickets(counter, units(), body); });
  });
}

void StepBuilder::forTickets(Value counter, Value units, llvm::function_ref<void(Share)> body) {
  auto loop = scf::WhileOp::create(builder, loc, i64Type, drawTicket(counter));
  OpBuilder::InsertionGuard guard(builder);
  Block *before = builder.createBlock(&loop.getBefore(), {}, i64Type, loc);
  Value drawn = before->getArgument(0);
  scf::ConditionOp::create(builder, loc, less(drawn, units), drawn);
  Block *after = builder.createBlock(&loop.getAfter(), {}, i64Type, loc);
  Value unit = after->getArgument(0);
  body({unit, add(unit, i64(1))});
  scf::YieldOp::create(builder, loc, drawTicket(counter));
}

void StepBuilder::ifElse(Value condition, llvm::function_ref<void()> body,
                         llvm::function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  body();
  builder.setInsertionPointToStart(branch.elseBlock());
  otherwise();
}

Share StepBuilder::rowsOf(Operation *op) {
  auto split = op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
  if (split.getKind() == ir::SplitKind::Replicate)
    return {firstRow, count};
  Share share = threadShare(sub(count, firstRow));
  return {add(firstRow, share.begin), add(firstRow, share.end)};
}

void StepBuilder::ifAny(Share range, llvm::function_ref<void()> body) {
  auto branch =
      scf::IfOp::create(builder, loc, less(range.begin, range.end), /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  body();
}

void StepBuilder::loop(Value begin, Value end, Value step, llvm::function_ref<void(Value)> body) {
  auto forOp = scf::ForOp::create(builder, loc, begin, end, step);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(forOp.getBody());
  body(forOp.getInductionVar());
}

void StepBuilder::forRowBlocks(Share rows, llvm::function_ref<void(Share)> body) {
  if (decode)
    return body(rows);
  constexpr int64_t block = 8;
  loop(rows.begin, rows.end, i64(block),
       [&](Value first) { body({first, min(add(first, i64(block)), rows.end)}); });
}

void StepBuilder::barrier() {
  Value callee = loadField(offsetof(QwenStep, barrier), ptr);
  Value pool = loadField(offsetof(QwenStep, pool), ptr);
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()), {ptr, i32});
  LLVM::CallOp::create(builder, loc, type, ValueRange{callee, pool, toI32(thread)});
  ++barriers;
}

void StepBuilder::mark(int64_t op) {
  Value callee = loadField(offsetof(QwenStep, mark), ptr);
  Value none = LLVM::ZeroOp::create(builder, loc, ptr);
  Value wanted = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, callee, none);
  auto branch = scf::IfOp::create(builder, loc, wanted, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  Value profiler = loadField(offsetof(QwenStep, profiler), ptr);
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()), {ptr, i32, i32});
  LLVM::CallOp::create(builder, loc, type,
                       ValueRange{callee, profiler, toI32(thread), toI32(i64(op))});
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

Value StepBuilder::slotAddress(Operation *op, unsigned index) {
  auto slot = cast<ir::SlotAttr>(op->getAttrOfType<ArrayAttr>(ir::kSlotsAttrName)[index]);
  return offset(slot.getSpace() == ir::Space::Shared ? sharedArena : threadArena, slot.getOffset());
}

Value StepBuilder::address(Value value) {
  if (auto found = addresses.find(value); found != addresses.end())
    return found->second;
  // Emitted where it is used: a pointer cached from inside a loop would not
  // dominate a use after it.
  auto result = cast<OpResult>(value);
  return slotAddress(result.getOwner(), result.getResultNumber());
}

Value Q8Address::sums(ir::WeightType weight) const {
  switch (formatTraits(static_cast<WeightFormat>(weight.getFormat())).tokenSums()) {
  case TokenSums::None:
    return neg8;
  case TokenSums::Halves:
    return halves;
  case TokenSums::Scaled:
    return scaled;
  }
  llvm_unreachable("not a kind of sums");
}

Q8Address StepBuilder::q8Address(ir::Q8Type type, Value pointer, int64_t cols, int64_t rows,
                                 Value row) {
  ir::Q8Layout layout = ir::getQ8Layout(type, cols, rows);
  Value groups = mul(row, cols / 32 * 4);
  Q8Address address{offset(pointer, mul(row, cols)), offset(offset(pointer, layout.scale), groups),
                    offset(offset(pointer, layout.neg8), groups)};
  if (type.getHalves())
    address.halves = offset(offset(pointer, layout.halves), mul(groups, 2));
  if (type.getScaled())
    address.scaled = offset(offset(pointer, layout.scaled), groups);
  return address;
}

int64_t StepBuilder::slotRows(Value value) {
  auto result = cast<OpResult>(value);
  auto slots = result.getOwner()->getAttrOfType<ArrayAttr>(ir::kSlotsAttrName);
  return cast<ir::SlotAttr>(slots[result.getResultNumber()]).getRows();
}

Q8Address StepBuilder::q8Address(Value value, Value row) {
  return q8Address(cast<ir::Q8Type>(value.getType()), address(value),
                   ir::getColumns(value.getType()), slotRows(value), row);
}

Value StepBuilder::weightAddress(Value handle) {
  SymbolTable symbols(module);
  auto packedOffset = [&](StringRef name) {
    return symbols.lookup<ir::TensorOp>(name)
        ->getAttrOfType<ir::PackedAttr>(ir::kPackedAttrName)
        .getOffset();
  };
  if (auto weight = handle.getDefiningOp<ir::WeightOp>())
    return offset(weights, packedOffset(weight.getTensor()));

  // A table of offsets, one a layer, lets all layers share this code.
  auto weight = handle.getDefiningOp<ir::LayerWeightOp>();
  std::string name = ("qwen_offsets." + weight.getTensor()).str();
  if (!symbols.lookup(name)) {
    SmallVector<int64_t> table;
    for (int64_t i = 0; i < model.getLayers(); ++i) {
      auto tensor =
          symbols.lookup<ir::TensorOp>(("blk." + Twine(i) + "." + weight.getTensor()).str());
      table.push_back(
          tensor ? tensor->getAttrOfType<ir::PackedAttr>(ir::kPackedAttrName).getOffset() : 0);
    }
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    LLVM::GlobalOp::create(builder, handle.getLoc(),
                           LLVM::LLVMArrayType::get(i64Type, table.size()), /*isConstant=*/true,
                           LLVM::Linkage::Internal, name, builder.getI64TensorAttr(table));
  }
  Value base = LLVM::AddressOfOp::create(builder, handle.getLoc(), ptr, name);
  Value entry = LLVM::GEPOp::create(builder, handle.getLoc(), ptr, i64Type, base, layer);
  Value bytes = LLVM::LoadOp::create(builder, handle.getLoc(), i64Type, entry);
  return offset(weights, bytes);
}

void StepBuilder::appendKVPlanes(SmallVectorImpl<HalideArg> &args, ir::KVType kv, bool keys,
                                 Value head) {
  KVLayout layout = kv.getLayout();
  Value layerKV = offset(this->kv, mul(layer, mul(context, layout.bytesPerPosition())));
  auto append = [&](KVPlane plane) {
    Value base = offset(layerKV, mul(context, layout.planeOffset(plane)));
    Value headStride = mul(context, layout.headStride(plane));
    HalideArg arg{base, layout.elementBytes(plane), {}};
    arg.dims.resize(keys ? 3 : 2);
    if (head)
      arg.base = offset(base, mul(mul(head, headStride), arg.elementBytes));
    else
      arg.dims.push_back({i64(0), i64(layout.heads), 0, headStride});
    args.push_back(arg);
  };
  append(keys ? KVPlane::Keys : KVPlane::Values);
  if (layout.hasScales())
    append(keys ? KVPlane::KeyScales : KVPlane::ValueScales);
}

SmallVector<HalideArg> StepBuilder::q8Arguments(const Q8Address &out, int64_t width, Share cols,
                                                Share rows) {
  Share groups = {div(cols.begin, 32), div(cols.end, 32)};
  SmallVector<HalideArg> args = {rows2D(out.scale, groups, rows, width / 32),
                                 rows2D(out.q, cols, rows, width, 1),
                                 rows2D(out.neg8, groups, rows, width / 32)};
  if (out.halves) {
    Share halves = {div(cols.begin, 16), div(cols.end, 16)};
    args.push_back(rows2D(out.halves, halves, rows, width / 16));
  }
  if (out.scaled)
    args.push_back(rows2D(out.scaled, groups, rows, width / 32));
  return args;
}

SmallVector<NamedAttribute> StepBuilder::q8Facts(ir::Q8Type type) {
  SmallVector<NamedAttribute> facts;
  if (type.getGroup() != kActivationGroup)
    facts.push_back(attr("group", type.getGroup()));
  if (type.getHalves())
    facts.push_back(attr("halves", int64_t(1)));
  if (type.getScaled())
    facts.push_back(attr("scaled", int64_t(1)));
  return facts;
}

SmallVector<NamedAttribute> StepBuilder::kvFacts(ir::KVType kv) {
  SmallVector<NamedAttribute> facts = {attr("head_dim", kv.getHeadDim())};
  if (kv.getFormat() != ir::KVFormat::F16)
    facts.push_back(attr("kv_format", int64_t(kv.getFormat())));
  return facts;
}

void StepBuilder::appendRopeArguments(SmallVectorImpl<HalideArg> &args) {
  auto packed = module->getAttrOfType<ir::PackedAttr>(ir::kRopeTablesAttrName);
  RopeTables tables(model.getHeadDim(), model.getContextLength());
  for (int64_t table :
       {int64_t(0), tables.sinLowOffset(), tables.cosHighOffset(), tables.sinHighOffset()})
    args.push_back({offset(weights, packed.getOffset() + table), 4, {HalideDim(), HalideDim()}});
  args.push_back({toI32(position), 4, {}, /*isScalar=*/true});
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

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
