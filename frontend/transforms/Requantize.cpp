//===- frontend/transforms/Requantize.cpp ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/Requantize.h"

#include "llvm/ADT/STLExtras.h"

using namespace qwenc;
using llvm::StringRef;
using llvm::Twine;

/// The name that patterns see.
static StringRef shortName(const TensorInfo &tensor) {
  StringRef name = tensor.name;
  name.consume_back(".weight");
  return name;
}

/// Few numbers that choose experts: only a pattern changes them, because another
/// choice is no small error.
static bool isRouter(const TensorInfo &tensor) {
  return StringRef(tensor.name).ends_with(".ffn_gate_inp.weight");
}

static bool fits(const QuantizeRule &rule, const TensorInfo &tensor, const ModelConfig &config) {
  if (rule.pattern.empty() && isRouter(tensor))
    return false;
  if (rule.matches(shortName(tensor)))
    return true;
  return rule.pattern == "output" && config.tiedHead && tensor.name == "token_embd.weight";
}

/// Bits a weight times 256, scales included.
static uint64_t bitsOf(GgmlType type) {
  const BlockFormat &format = blockFormat(type);
  return 8 * 256 * format.bytes / format.elements;
}

llvm::Expected<RequantizeNotes> qwenc::planRequantization(const QuantizeSpec &spec,
                                                          const Model &model,
                                                          ModelTransforms &transforms) {
  RequantizeNotes notes;
  llvm::SmallVector<bool> used(spec.rules.size(), false);
  for (const TensorInfo &tensor : model.tensors) {
    if (tensor.isVector())
      continue;
    const QuantizeRule *rule = nullptr;
    for (auto [index, candidate] : llvm::enumerate(spec.rules))
      if (fits(candidate, tensor, model.config)) {
        rule = &candidate;
        used[index] = true;
      }
    if (!rule || !rule->type || *rule->type == tensor.type)
      continue;
    if (bitsOf(*rule->type) >= bitsOf(tensor.type)) {
      ++notes.alreadySmaller;
      continue;
    }
    if (tensor.columns() % blockFormat(*rule->type).elements) {
      notes.unfitting.push_back(tensor.name);
      continue;
    }
    transforms.plan(tensor).type = *rule->type;
  }
  for (auto [rule, wasUsed] : llvm::zip_equal(spec.rules, used))
    if (!wasUsed)
      return llvm::createStringError("'" + rule.pattern +
                                     "' is the name of no matrix of the model; names are like "
                                     "blk.0.attn_v, token_embd or output, with * for any part");
  return notes;
}

llvm::Error qwenc::planScales(std::optional<ScaleRule> rule, const ActivationStats *stats,
                              const Model &model, ModelTransforms &transforms) {
  for (const TensorInfo &tensor : model.tensors) {
    if (!transforms.find(tensor.name))
      continue;
    TensorPlan &plan = transforms.plan(tensor);
    llvm::ArrayRef<float> columns;
    if (stats)
      columns = stats->find(tensor.name, model.config.tiedHead);
    bool fits = !columns.empty() || plan.type == plan.stored.type;
    plan.rule = rule.value_or(fits ? ScaleRule::Fitted : ScaleRule::Absmax);
    if (columns.empty())
      continue;
    if (columns.size() != tensor.columns())
      return llvm::createStringError("tensor '" + tensor.name + "' has " + Twine(tensor.columns()) +
                                     " columns, but the profile has " + Twine(columns.size()) +
                                     " (of another model?)");
    plan.importance.assign(columns.begin(), columns.end());
  }
  return llvm::Error::success();
}
