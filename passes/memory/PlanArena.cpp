//===- passes/memory/PlanArena.cpp -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Time runs in phases, the code between two barriers. A buffer lives from the
// phase that writes it first to the phase that reads it last, both included:
// inside a phase the order of threads is unknown. Buffers whose lives do not
// meet may share bytes.
//
//        phase   0     1     2     3
//   x           |=================|        the residual stream, in place
//   q8                 |==|
//   heads              |=====|             shares bytes with nothing above
//   ffn                         |==|       takes the place of q8
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "passes/memory/SlotNeeds.h"

namespace qwenc {
#define GEN_PASS_DEF_PLANARENA
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct Buffer {
  ir::Space space;
  int64_t bytes;
  int64_t first, last; // phases
  int64_t offset = -1;
};

/// Finds the buffers of one step function and their lives.
class BufferCollector {
public:
  BufferCollector(ir::ModelAttr model, int64_t rows) : model(model), rows(rows) {}

  LogicalResult collect(func::FuncOp step) { return visit(step.getBody().front()); }

  SmallVector<Buffer> buffers;
  DenseMap<Value, int64_t> bufferOf;
  /// Operations with slots, and their buffers: results in order, then scratch.
  SmallVector<std::pair<Operation *, SmallVector<int64_t>>> slots;

private:
  LogicalResult visit(Block &block) {
    for (Operation &op : block) {
      if (isa<ir::BarrierOp>(op))
        ++phase;
      for (Value operand : op.getOperands())
        if (auto found = bufferOf.find(operand); found != bufferOf.end())
          buffers[found->second].last = phase;
      if (auto layers = dyn_cast<ir::LayersOp>(op)) {
        if (failed(visitLayers(layers)))
          return failure();
      } else if (auto view = dyn_cast<ir::LogitRowsOp>(op)) {
        bufferOf[view.getOutput()] = bufferOf.lookup(view.getInput());
      } else if (op.hasAttr(ir::kSplitAttrName)) {
        allocate(op);
      }
    }
    return success();
  }

  LogicalResult visitLayers(ir::LayersOp layers) {
    int64_t stream = bufferOf.lookup(layers.getInput());
    for (Region &body : layers.getBodies()) {
      bufferOf[body.getArgument(0)] = stream;
      if (failed(visit(body.front())))
        return failure();
      Value handedOn = body.front().getTerminator()->getOperand(0);
      auto found = bufferOf.find(handedOn);
      if (found == bufferOf.end() || found->second != stream)
        return layers.emitOpError("a body must add to the residual stream in place");
    }
    buffers[stream].last = phase;
    bufferOf[layers.getOutput()] = stream;
    return success();
  }

  void allocate(Operation &op) {
    SmallVector<int64_t> mine;
    auto add = [&](const SlotNeed &need) {
      mine.push_back(buffers.size());
      buffers.push_back({need.space, need.bytes, phase, phase});
      return mine.back();
    };
    SmallVector<SlotNeed> needs = slotNeeds(op, model, rows);
    ArrayRef<SlotNeed> left = needs;
    for (Value result : op.getResults()) {
      if (!hasSlot(result))
        continue;
      SlotNeed need = left.front();
      left = left.drop_front();
      if (std::optional<int64_t> reused = reusedBuffer(op)) {
        buffers[*reused].last = phase;
        mine.push_back(*reused);
        bufferOf[result] = *reused;
      } else {
        bufferOf[result] = add(need);
      }
    }
    for (const SlotNeed &scratch : left)
      add(scratch);
    slots.push_back({&op, std::move(mine)});
  }

  /// The buffer that an addition to the residual stream may write over: its
  /// summand's, if nothing reads the summand later.
  std::optional<int64_t> reusedBuffer(Operation &op) {
    Value summand;
    if (auto linear = dyn_cast<ir::LinearOp>(op))
      summand = linear.getResidual();
    else if (auto down = dyn_cast<ir::ExpertDownOp>(op))
      summand = down.getResidual();
    else if (auto add = dyn_cast<ir::AddOp>(op))
      summand = add.getLhs();
    if (!summand || llvm::any_of(summand.getUsers(), [&](Operation *user) {
          return user != &op && !user->isBeforeInBlock(&op);
        }))
      return std::nullopt;
    return bufferOf.lookup(summand);
  }

  ir::ModelAttr model;
  int64_t rows;
  int64_t phase = 0;
};

/// Places the largest buffers first, each at the lowest offset where it meets no
/// living neighbour. Returns the bytes needed.
int64_t place(MutableArrayRef<Buffer> buffers, ir::Space space) {
  SmallVector<Buffer *> order;
  for (Buffer &buffer : buffers)
    if (buffer.space == space)
      order.push_back(&buffer);
  // Equal sizes keep the order of the program: buffers lie in one array.
  llvm::sort(order, [](Buffer *a, Buffer *b) {
    return a->bytes != b->bytes ? a->bytes > b->bytes : a < b;
  });
  SmallVector<Buffer *> placed; // by offset
  int64_t total = 0;
  for (Buffer *buffer : order) {
    int64_t offset = 0;
    for (Buffer *other : placed) {
      bool meets = buffer->first <= other->last && other->first <= buffer->last;
      if (meets && offset < other->offset + other->bytes && other->offset < offset + buffer->bytes)
        offset = other->offset + other->bytes;
    }
    buffer->offset = offset;
    placed.insert(llvm::upper_bound(placed, buffer,
                                    [](Buffer *a, Buffer *b) { return a->offset < b->offset; }),
                  buffer);
    total = std::max(total, offset + buffer->bytes);
  }
  return total;
}

struct PlanArena : qwenc::impl::PlanArenaBase<PlanArena> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto model = module->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName);
    auto maxBatch = module->getAttrOfType<IntegerAttr>(ir::kMaxBatchAttrName);
    if (!model || !maxBatch) {
      module.emitError("expected qwen.model and qwen.max_batch on the module");
      return signalPassFailure();
    }
    Builder builder(&getContext());
    int64_t shared = 0, thread = 0;
    for (auto step : module.getOps<func::FuncOp>()) {
      StringRef phase = ir::getPhase(step);
      if (phase.empty())
        continue;
      int64_t rows = phase == "decode" ? 1 : maxBatch.getInt();
      BufferCollector collector(model, rows);
      if (failed(collector.collect(step)))
        return signalPassFailure();
      shared = std::max(shared, place(collector.buffers, ir::Space::Shared));
      thread = std::max(thread, place(collector.buffers, ir::Space::Thread));
      for (auto &[op, indices] : collector.slots) {
        SmallVector<Attribute> slots;
        for (int64_t index : indices) {
          const Buffer &buffer = collector.buffers[index];
          slots.push_back(ir::SlotAttr::get(&getContext(), buffer.space, buffer.offset, rows));
        }
        op->setAttr(ir::kSlotsAttrName, builder.getArrayAttr(slots));
      }
    }
    module->setAttr(ir::kArenaSharedAttrName, builder.getI64IntegerAttr(shared));
    module->setAttr(ir::kArenaThreadAttrName, builder.getI64IntegerAttr(thread));
  }
};

} // namespace
