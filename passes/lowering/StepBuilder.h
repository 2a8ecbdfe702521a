//===- passes/lowering/StepBuilder.h - builds the body of a step -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Holds what the lowering of every operation needs: the fields of QwenStep, the
// addresses of slots and weights, the share of a thread, and calls of kernels.
// All integers in the code it emits are i64 unless an interface says otherwise.
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_LOWERING_STEPBUILDER_H
#define QWENC_PASSES_LOWERING_STEPBUILDER_H

#include "ir/Scheduled.h"
#include "passes/Passes.h"

namespace qwenc {

/// A half-open range of units of work.
struct Share {
  mlir::Value begin, end;
};

/// One dimension of a halide_buffer_t. A dimension that the kernel knows as a
/// constant has no extent and is not written.
struct HalideDim {
  mlir::Value min, extent;
  int64_t stride = 1;          ///< elements
  mlir::Value dynamicStride{}; ///< if set, instead of `stride`
};

/// An argument of a Halide kernel: a buffer (with `base` at index 0 of every
/// dimension) or a scalar.
struct HalideArg {
  mlir::Value base;
  int64_t elementBytes = 4;
  llvm::SmallVector<HalideDim, 3> dims;
  bool isScalar = false;
};

/// The arrays of a quantised activation; null: it has none of these.
struct Q8Address {
  mlir::Value q, scale, neg8;
  mlir::Value halves{}, scaled{};

  /// The sums that kernels of a format read beside neg8 (which stands for none).
  mlir::Value sums(ir::WeightType weight) const;
};

/// Where a projection's result goes, and what it starts from.
struct MatmulOutput {
  mlir::Value out; ///< of the first computed row
  int64_t outStride;
  mlir::Value init{}; ///< a vector if its stride is 0
  int64_t initStride = 0;
};

class StepBuilder {
public:
  /// Starts the function `name(ptr step, i32 thread)` at the end of the module, for a
  /// step with `dynamicOps` operations whose units are drawn.
  StepBuilder(mlir::ModuleOp module, mlir::StringRef name, bool decode, int64_t dynamicOps);

  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::ModuleOp module;
  ir::ModelAttr model;
  const bool decode;
  const int64_t dynamicOps;
  /// Fields of QwenStep; `count` is the constant 1 in a decode step.
  mlir::Value step, thread, threads, count, position, context;
  mlir::Value weights, kv, tokens, logits;
  /// Rows of the values being computed: all tokens, or those with logits.
  mlir::Value firstRow;
  /// Number of the operation being lowered, in the order of describeOperations.
  int64_t operation = 0;
  /// Index of the current layer; null outside of qwen.layers.
  mlir::Value layer;

  mlir::Value i64(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b);
  mlir::Value div(mlir::Value a, int64_t b); ///< unsigned, rounded down
  mlir::Value ceilDiv(mlir::Value a, int64_t b);
  mlir::Value ceilDiv(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);  ///< unsigned, rounded down
  mlir::Value less(mlir::Value a, mlir::Value b); ///< signed, i1
  mlir::Value both(mlir::Value a, mlir::Value b); ///< of two i1
  mlir::Value toI32(mlir::Value value);
  mlir::Value offset(mlir::Value pointer, mlir::Value bytes);
  mlir::Value offset(mlir::Value pointer, int64_t bytes);
  /// Element `index` of an array of i32, as i64.
  mlir::Value loadI32(mlir::Value array, mlir::Value index);
  void storeI32(mlir::Value array, mlir::Value index, mlir::Value value);
  /// Copies bytes that do not overlap.
  void copy(mlir::Value to, mlir::Value from, int64_t bytes);
  /// Loads an i64 or, widened, an i32 field at `bytes` of QwenStep.
  mlir::Value loadField(int64_t bytes, mlir::Type type);

  /// The share of this thread of `units`, as even as whole units allow.
  Share threadShare(mlir::Value units);
  /// Emits `body` for the units of work that this thread computes: its share of them
  /// at once or, where the split is dynamic, one after the other as they are drawn,
  /// one block of tokens after the other. `units` counts those of the rows from
  /// `firstRow` to `count`, which are a block's while the two are called. Never emits
  /// `body` for an empty range.
  void forUnits(ir::SplitAttr split, llvm::function_ref<mlir::Value()> units,
                llvm::function_ref<void(Share)> body);
  /// The rows of an operation divided by tokens that this thread computes: its share
  /// of the step's, or (replicated) all of them in its own memory.
  Share rowsOf(mlir::Operation *op);
  /// Emits `body` for a non-empty range only.
  void ifAny(Share range, llvm::function_ref<void()> body);
  void ifElse(mlir::Value condition, llvm::function_ref<void()> body,
              llvm::function_ref<void()> otherwise);
  /// for (i = begin; i < end; i += step)
  void loop(mlir::Value begin, mlir::Value end, mlir::Value step,
            llvm::function_ref<void(mlir::Value)> body);
  /// Calls `body` for blocks of a few rows of a prefill (once in a decode
  /// step): quantising kernels pass over their rows once an output, and find
  /// them in the first-level cache again.
  void forRowBlocks(Share rows, llvm::function_ref<void(Share)> body);
  void barrier();
  /// Tells a profiler, if there is one, that operation `op` begins.
  void mark(int64_t op);
  int64_t barriersEmitted() const { return barriers; }
  /// Counters that the step draws units of work from, QwenModel.ticket_count.
  int64_t ticketCounters() const { return dynamicOps * model.getLayers() * mostBlocks(); }

  /// Where slot `index` of a scheduled operation begins.
  mlir::Value slotAddress(mlir::Operation *op, unsigned index);
  /// Tokens that the slot of a value has room for.
  int64_t slotRows(mlir::Value value);
  /// Where the value of an operand or result lies (row 0).
  mlir::Value address(mlir::Value value);
  void setAddress(mlir::Value value, mlir::Value pointer) { addresses[value] = pointer; }
  /// The arrays of a quantised activation from row `row` on.
  Q8Address q8Address(mlir::Value value, mlir::Value row);
  /// The same of a value of `type` at `pointer` with room for `rows` rows of `cols`.
  Q8Address q8Address(ir::Q8Type type, mlir::Value pointer, int64_t cols, int64_t rows,
                      mlir::Value row);
  /// The packed bytes of a weight handle.
  mlir::Value weightAddress(mlir::Value handle);
  /// Appends the planes of the current layer's keys or values: the elements, then
  /// the scales if there are any. With a head: that head's planes, as attention
  /// takes them. Without: of all heads, the head being the last dimension.
  void appendKVPlanes(llvm::SmallVectorImpl<HalideArg> &args, ir::KVType kv, bool keys,
                      mlir::Value head = {});
  /// What kernels that quantise write, as they take it: scale, q and all sums of the
  /// columns and rows of a matrix of `width` columns at `out`.
  llvm::SmallVector<HalideArg> q8Arguments(const Q8Address &out, int64_t width, Share cols,
                                           Share rows);
  /// The facts of a kernel that quantises to `type`: none for groups of 32 and neg8.
  llvm::SmallVector<mlir::NamedAttribute> q8Facts(ir::Q8Type type);
  /// The facts of a kernel that handles the cache.
  llvm::SmallVector<mlir::NamedAttribute> kvFacts(ir::KVType kv);
  /// The four rotary tables and the position, as arguments of a rotary kernel.
  void appendRopeArguments(llvm::SmallVectorImpl<HalideArg> &args);

  /// Calls a matmul or embedding kernel; all arguments are pointers and i64.
  void callKernel(mlir::StringRef name, mlir::ValueRange args);
  /// Calls kernel `index` of a projection on `panels` of a packed matrix of `type`
  /// for `tokens` rows that begin at `input`.
  void callMatmul(mlir::Operation *op, unsigned index, mlir::Value matrix, ir::WeightType type,
                  const Q8Address &input, Share panels, mlir::Value tokens,
                  const MatmulOutput &output);
  /// Calls the Halide kernel `kind` with the facts `spec`; its symbol is made of
  /// both. Empty ranges must have been excluded.
  void callHalide(mlir::StringRef kind, llvm::ArrayRef<mlir::NamedAttribute> spec,
                  llvm::ArrayRef<HalideArg> args);

  /// A plain fp32 matrix argument: `cols` as the inner dimension, then rows.
  HalideArg rows2D(mlir::Value base, Share cols, Share rows, int64_t rowStride,
                   int64_t elementBytes = 4);

  mlir::NamedAttribute attr(mlir::StringRef name, int64_t value);
  mlir::NamedAttribute attr(mlir::StringRef name, double value);

  /// Ends the function.
  void finish();

private:
  /// Blocks of tokens of the largest step.
  int64_t mostBlocks() const;
  /// Emits `body` for the block `index` of `blocks` of the step's rows.
  void forBlock(mlir::Value index, mlir::Value blocks, llvm::function_ref<void()> body);
  /// Emits `body` for numbers below `units` as they are drawn from `counter`.
  void forTickets(mlir::Value counter, mlir::Value units, llvm::function_ref<void(Share)> body);
  mlir::Value drawTicket(mlir::Value counter);
  mlir::Value halideBuffer(unsigned index);
  void emitCall(mlir::LLVM::LLVMFuncOp callee, mlir::ValueRange args);
  mlir::Type ptr, i8, i32, i64Type;
  mlir::LLVM::LLVMFuncOp function;
  mlir::Value sharedArena, threadArena;
  llvm::DenseMap<mlir::Value, mlir::Value> addresses;
  llvm::SmallVector<mlir::Value> halideBuffers;
  int64_t barriers = 0;
  int64_t nextDynamicOp = 0;
};

/// Calls `body` for each (range of heads, range of rows) of this thread under a
/// `heads` split: attention and the quantisation after it take the same units.
void forEachHeadUnit(StepBuilder &step, ir::SplitAttr split, int64_t heads,
                     llvm::function_ref<void(Share heads, Share rows)> body);

/// Lowerings by kind of operation; each handles the operations it knows and
/// returns false for others.
bool lowerProjection(StepBuilder &step, mlir::Operation *op);
bool lowerRowOp(StepBuilder &step, mlir::Operation *op);
bool lowerAttention(StepBuilder &step, mlir::Operation *op);
bool lowerExperts(StepBuilder &step, mlir::Operation *op);

} // namespace qwenc
#endif
