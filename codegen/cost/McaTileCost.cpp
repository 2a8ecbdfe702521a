//===- codegen/cost/McaTileCost.cpp - tiles in LLVM's model of a core ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/cost/McaTileCost.h"

#include "codegen/cost/KernelCost.h"
#include "ir/target/ResolveTarget.h"
#include "support/Sha256.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

namespace {

/// A hash of what the cost of an emitted kernel follows from.
std::string cacheKey(mlir::ModuleOp module, ir::TargetAttr target, StringRef version) {
  std::string text;
  raw_string_ostream stream(text);
  stream << "LLVM " LLVM_VERSION_STRING " qwenc " << version << ' ' << target << '\n';
  module.print(stream, mlir::OpPrintingFlags().useLocalScope());
  return sha256Hex(text);
}

} // namespace

std::string McaTileCostModel::describe(ir::TargetAttr target) const {
  StringRef model = ir::modelledTarget(target).getCpu();
  std::string text = ("LLVM's scheduling model of " + model).str();
  if (model != target.getCpu())
    text += (", the nearest to " + target.getCpu() + " that is its own").str();
  return text;
}

Expected<TileCost> McaTileCostModel::cost(const MatmulKernelSpec &spec, ir::TargetAttr given) {
  ir::TargetAttr target = ir::modelledTarget(given);
  mlir::MLIRContext &context = *target.getContext();
  auto module = emitKernelModule(spec, context);
  if (!module)
    return module.takeError();
  std::string key = cacheKey(**module, target, version);
  if (std::optional<TileCost> known = cache.find(key))
    return *known;
  auto model = modelEmittedKernel(**module, spec, target);
  if (!model)
    return model.takeError();
  TileCost cost{model->cycles, model->macs};
  cache.insert(key, cost);
  return cost;
}
