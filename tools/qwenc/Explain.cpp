//===- tools/qwenc/Explain.cpp - --explain ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Explain.h"

#include "ir/NearestNames.h"
#include "ir/kernels/KernelName.h"
#include "passes/lowering/DescribeOperations.h"
#include "tools/qwenc/AnnotateAssembly.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace qwenc;
using mlir::ModuleOp;
using mlir::Operation;

Expected<Explanation> Explanation::create(const Model &model, StringRef tensor) {
  const TensorInfo *info = model.find(tensor);
  if (!info) {
    SmallVector<StringRef> names;
    for (const TensorInfo &other : model.tensors)
      names.push_back(other.name);
    return createStringError("--explain=" + tensor +
                             ": the model has no such tensor; the nearest names are " +
                             ir::nearestNames(tensor, names));
  }
  Explanation result(*info);
  std::string shape;
  for (uint64_t size : info->shape)
    shape += (shape.empty() ? "" : " x ") + std::to_string(size);
  result.line("tensor", info->name);
  result.line("file", Twine(typeName(info->type)) + ", " + shape + ", " + Twine(info->bytes) +
                          " bytes at " + Twine(info->fileOffset));
  return result;
}

void Explanation::line(StringRef label, const Twine &content) {
  out += formatv("{0,-20} {1}\n", label, content.str());
}

/// Does the handle stand for the tensor in some layer?
static bool standsFor(Operation *op, StringRef tensor) {
  if (auto weight = dyn_cast<ir::WeightOp>(op))
    return weight.getTensor() == tensor;
  auto weight = dyn_cast<ir::LayerWeightOp>(op);
  if (!weight)
    return false;
  StringRef rest = tensor;
  unsigned layer;
  if (!rest.consume_front("blk.") || rest.consumeInteger(10, layer) || !rest.consume_front(".") ||
      rest != weight.getTensor())
    return false;
  auto layers = cast<ir::LayersOp>(op->getParentOp());
  return layer < layers.getOrder().size() &&
         layers.getOrder()[layer] == int64_t(op->getParentRegion()->getRegionNumber());
}

/// The operations that compute with a handle, behind a dequantisation if there is one.
static void collectReaders(mlir::Value handle, SetVector<Operation *> &readers) {
  for (Operation *user : handle.getUsers()) {
    if (auto dequantize = dyn_cast<ir::DequantizeOp>(user)) {
      readers.insert(user);
      collectReaders(dequantize.getOutput(), readers);
    } else {
      readers.insert(user);
    }
  }
}

void Explanation::addLevel(StringRef level, ModuleOp module) {
  mlir::OpPrintingFlags flags;
  flags.printNameLocAsPrefix();
  mlir::AsmState state(module, flags);
  operations.clear();
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    SetVector<Operation *> readers;
    function.walk([&](Operation *op) {
      if (standsFor(op, tensor.name))
        collectReaders(op->getResult(0), readers);
    });
    StringRef phase = ir::getPhase(function);
    std::string label = level.str();
    if (!phase.empty())
      label += " " + phase.str();
    for (Operation *op : readers) {
      std::string text;
      raw_string_ostream stream(text);
      op->print(stream, state);
      line(label, text);
      if (!phase.empty() && op->hasAttr(ir::kSplitAttrName))
        operations.push_back(describeOperation(op));
    }
  }
}

void Explanation::addPacked(ModuleOp scheduled) {
  mlir::SymbolTable symbols(scheduled);
  auto op = symbols.lookup<ir::TensorOp>(tensor.name);
  auto packed = op ? op->getAttrOfType<ir::PackedAttr>(ir::kPackedAttrName) : ir::PackedAttr();
  if (!packed)
    return;
  std::string order = op->hasAttr(ir::kRowOrderAttrName) ? ", rows in rotary order" : "";
  line("packed", packed.getLayout() + order + ", " + Twine(packed.getBytes()) + " bytes at " +
                     Twine(packed.getOffset()) + " of the weight section");
}

void Explanation::addCode(const KernelSet &assembly) {
  SetVector<StringRef> symbols;
  for (const KernelSet::Call &call : assembly.calls)
    if (is_contained(operations, call.operation))
      symbols.insert(call.symbol);
  // Formats and tiles stand in the names of matrix kernels: leave out those that
  // read other tensors of a fused operation.
  std::string format = StringRef(typeName(tensor.type)).lower();
  for (StringRef symbol : symbols) {
    auto spec = parseKernelName(symbol);
    std::string about;
    if (spec) {
      if (tensor.isVector() || weightFormatName(spec->format) != format)
        continue;
      about = explainKernel(*spec);
    } else {
      consumeError(spec.takeError());
      about = "called by the same operation";
    }
    line("code", symbol + ": " + about + "; " + Twine(countInstructions(assembly, symbol)) +
                     " instructions");
  }
}
