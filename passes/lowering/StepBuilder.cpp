//===- passes/lowering/StepBuilder.cpp - builds the body of a step ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/lowering/StepBuilder.h"

#include "runtime/abi/ModelAbi.h"
#include <cstddef>

using namespace mlir;
using namespace qwenc;

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
