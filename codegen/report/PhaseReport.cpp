//===- codegen/report/PhaseReport.cpp - a step, operation by operation -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes are those that must come from memory in every step: packed weights and
// the KV cache. Activations are small and stay in caches.
//===----------------------------------------------------------------------===//
#include "codegen/report/PhaseReport.h"

#include "ir/Scheduled.h"
#include "ir/kernels/KVLayout.h"
#include "ir/kernels/PackedLayout.h"
#include "passes/lowering/DescribeOperations.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qwenc;

int64_t qwenc::kvBytesPerPosition(ir::KVType kv) { return kv.getLayout().bytesPerPosition(); }

void qwenc::finishPhase(ReportPhase &phase, const Machine &machine, unsigned cores) {
  phase.secondsOne = 0;
  for (ReportOperation &op : phase.operations) {
    op.seconds = secondsOf(op.work, machine, 1);
    op.boundOne = boundOf(op.work, machine, 1);
    op.boundAll = boundOf(op.work, machine, cores);
    phase.secondsOne += op.seconds;
    phase.barriers += op.barriers;
  }
  for (ReportOperation &op : phase.operations)
    op.share = phase.secondsOne > 0 ? op.seconds / phase.secondsOne : 0;
  // Without the time of a matmul or of attention, a sum would promise too much.
  if (llvm::any_of(phase.operations,
                   [](const ReportOperation &op) { return op.macs && !op.modelled; }))
    return;
  for (unsigned count : coreCounts(cores)) {
    double seconds = 0;
    for (const ReportOperation &op : phase.operations)
      seconds += secondsOf(op.work, machine, count);
    phase.predictions.push_back({count, seconds > 0 ? phase.tokens / seconds : 0});
  }
}

PhaseReporter::PhaseReporter(ModuleOp module, KernelModels &kernels, const Machine &machine,
                             unsigned cores)
    : model(module->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName)), kernels(kernels),
      machine(machine), cores(cores) {}

ReportPhase PhaseReporter::report(func::FuncOp step, unsigned tokens, unsigned position) {
  ReportPhase phase;
  phase.name = step.getSymName().str();
  phase.tokens = tokens;
  phase.position = position;
  SmallVector<Attribute> descriptions = describeOperations(step);
  unsigned barriers = 0;
  step.walk<WalkOrder::PreOrder>([&](Operation *op) {
    barriers += isa<ir::BarrierOp>(op);
    if (!op->hasAttr(ir::kSplitAttrName))
      return;
    auto facts = cast<DictionaryAttr>(descriptions[phase.operations.size()]);
    auto number = [&](StringRef name) { return unsigned(facts.getAs<IntegerAttr>(name).getInt()); };
    // A prompt wants the logits of its last token.
    unsigned executions = number("executions"), trimmed = number("logit_executions");
    ReportOperation last = describe(op, phase, 1);
    ReportOperation entry = executions > trimmed ? describe(op, phase, tokens) : last;
    entry.name = facts.getAs<StringAttr>("name").str();
    entry.executions = executions;
    entry.barriers = std::exchange(barriers, 0) * executions;
    auto total = [&](auto each, auto lastOne) {
      return each * (executions - trimmed) + lastOne * trimmed;
    };
    entry.macs = total(entry.macs, last.macs);
    entry.work.cycles = total(entry.work.cycles, last.work.cycles);
    entry.work.bytes = total(entry.work.bytes, last.work.bytes);
    phase.operations.push_back(std::move(entry));
  });
  finishPhase(phase, machine, cores);
  return phase;
}

/// Parts into which the threads may divide an operation.
uint64_t PhaseReporter::unitsOf(Operation *op, unsigned tokens) {
  auto split = op->getAttrOfType<ir::SplitAttr>(ir::kSplitAttrName);
  auto parts = [&](int64_t size) { return llvm::divideCeil(size, split.getGrain()); };
  switch (split.getKind()) {
  case ir::SplitKind::Replicate:
    return 1;
  case ir::SplitKind::Tokens:
    return parts(tokens);
  case ir::SplitKind::Columns:
    for (Value operand : op->getOperands())
      if (auto type = dyn_cast<ir::WeightType>(operand.getType()))
        return parts(type.getRows());
    return 1;
  case ir::SplitKind::Experts:
    for (Value operand : op->getOperands())
      if (auto type = dyn_cast<ir::WeightType>(operand.getType()))
        return ir::getMatricesUsed(op) * parts(type.getRows());
    return 1;
  case ir::SplitKind::Heads: {
    uint64_t units = parts(model.getHeads());
    if (isa<ir::QKVProjectOp>(op))
      units += 2 * parts(model.getKvHeads());
    if (int64_t grain = split.getTokensGrain())
      units *= llvm::divideCeil(int64_t(tokens), grain);
    return units;
  }
  }
  llvm_unreachable("not a kind of split");
}

/// One execution.
ReportOperation PhaseReporter::describe(Operation *op, const ReportPhase &phase, unsigned tokens) {
  ReportOperation entry;
  entry.work.units = unitsOf(op, tokens);
  if (op->hasAttr(ir::kKernelsAttrName)) {
    addMatmuls(entry, op, phase, tokens);
  } else if (auto attention = dyn_cast<ir::AttentionOp>(op)) {
    addAttention(entry, attention.getKv().getType(), phase, tokens);
  } else if (auto embed = dyn_cast<ir::EmbedOp>(op)) {
    // A row's elements lie in every cache line of its panel.
    ir::WeightType type = embed.getWeight().getType();
    entry.kernel = "embedding";
    entry.work.bytes =
        tokens * packedPanelBytes(static_cast<WeightFormat>(type.getFormat()), type.getCols());
  } else {
    entry.kernel = op->getName().stripDialect().str();
  }
  return entry;
}

void PhaseReporter::addMatmuls(ReportOperation &entry, Operation *op, const ReportPhase &phase,
                               unsigned tokens) {
  auto names = op->getAttrOfType<ArrayAttr>(ir::kKernelsAttrName);
  entry.modelled = true;
  unsigned index = 0;
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<ir::WeightType>(operand.getType());
    if (!type || type.getShape().size() < 2)
      continue;
    // Of experts: the products of all tokens, and as many matrices as have tokens if
    // they spread evenly.
    uint64_t used = ir::getMatricesUsed(op), products = tokens * used;
    uint64_t matrices = std::min<uint64_t>(products, type.getExperts());
    StringRef name = cast<StringAttr>(names[index++]).getValue();
    const ReportKernel &kernel =
        kernels.matmul(name, type.getCols(), llvm::divideCeil(phase.tokens * used, matrices));
    if (!StringRef(entry.kernel).contains(name))
      entry.kernel += (entry.kernel.empty() ? "" : ", ") + name.str();
    entry.macs += products * type.getRows() * type.getCols();
    entry.work.bytes +=
        matrices * llvm::divideCeil(tokens, ir::kTokenBlock) *
        packedBytes(static_cast<WeightFormat>(type.getFormat()), type.getRows(), type.getCols());
    if (kernel.macsPerCycle > 0)
      // The rows that pad the last panel are computed too.
      entry.work.cycles += double(products) * double(panelCount(type.getRows()) * kPanelRows) *
                           double(type.getCols()) / kernel.macsPerCycle;
    else
      entry.modelled = false;
  }
  if (auto qkv = dyn_cast<ir::QKVProjectOp>(op))
    entry.work.bytes += tokens * kvBytesPerPosition(qkv.getKv().getType());
}

/// Query x key and weight x value: two multiply-adds for each head, element and
/// pair of a token, one of the last `tokens`, and one that it sees.
void PhaseReporter::addAttention(ReportOperation &entry, ir::KVType kv, const ReportPhase &phase,
                                 uint64_t tokens) {
  uint64_t positions = phase.position + phase.tokens;
  uint64_t pairs = tokens * (positions - tokens) + tokens * (tokens + 1) / 2;
  StringRef kind = phase.name == "decode" ? "attention_decode" : "attention_prefill";
  const ReportKernel &kernel = kernels.halide(kind, phase.name);
  entry.kernel = kind.str();
  entry.macs = 2 * model.getHeads() * model.getHeadDim() * pairs;
  entry.work.bytes = positions * kvBytesPerPosition(kv);
  entry.modelled = kernel.macsPerCycle > 0;
  if (entry.modelled)
    entry.work.cycles = double(entry.macs) / kernel.macsPerCycle;
}
