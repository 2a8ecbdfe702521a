//===- frontend/CheckTensors.cpp ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/CheckTensors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

#include <cmath>

using namespace qwenc;
using llvm::ArrayRef;
using llvm::Error;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// A tensor of one of the parts.
struct PartTensor {
  const gguf::Tensor *tensor = nullptr;
  uint32_t part = 0;
};

class TensorChecker {
public:
  TensorChecker(ArrayRef<ModelPart> parts, Model &model)
      : parts(parts), model(model), config(model.config) {}

  Error check();

private:
  Error checkTypes();
  Error readVocabulary();
  Error checkLayer(uint32_t layer);
  Error checkProjections(const std::string &prefix);
  Error checkFeedForward(const std::string &prefix, const char *suffix);
  Error checkExperts(const std::string &prefix);
  Error readRopeFactors(PartTensor found);
  Error checkRest();
  Error expect(const Twine &name, ArrayRef<uint64_t> shape, const Twine &meaning);
  std::string architecture() const {
    return std::string("a ") + architectureName(config.arch) + " model of " +
           std::to_string(config.layers) + (config.layers == 1 ? " layer" : " layers");
  }

  Error tensorError(PartTensor at, const Twine &message) const {
    return parts[at.part].file->tensorError(at.tensor->name, message);
  }
  void addTensor(std::string name, PartTensor from, uint64_t firstRow, uint64_t rows);

  ArrayRef<ModelPart> parts;
  Model &model;
  ModelConfig &config;
  llvm::StringMap<PartTensor> byName;
  llvm::StringSet<> used;
};
} // namespace

static bool isPlainFloat(GgmlType type) {
  return type == GgmlType::F32 || type == GgmlType::F16 || type == GgmlType::BF16;
}

Error TensorChecker::checkTypes() {
  for (auto [part, where] : llvm::enumerate(parts))
    for (const gguf::Tensor &tensor : where.file->tensors) {
      PartTensor found{&tensor, uint32_t(part)};
      const BlockFormat &format = blockFormat(tensor.type);
      if (!format.supported())
        return tensorError(found, Twine("type ") + format.name +
                                      " is not supported; supported types are " +
                                      supportedTypeNames());
      if (!byName.try_emplace(tensor.name, found).second)
        return tensorError(found, "another part of the model has a tensor of this name too");
    }
  return Error::success();
}

Error TensorChecker::expect(const Twine &name, ArrayRef<uint64_t> shape, const Twine &meaning) {
  std::string key = name.str();
  bool isVector = shape.size() == 1;
  auto it = byName.find(key);
  if (it == byName.end())
    return parts.front().file->tensorError(
        key, "missing; " + architecture() + " has it, expected " + gguf::shapeText(shape) + " (" +
                 meaning + ")" + (isVector ? " of type F32, F16 or BF16" : ""));
  const gguf::Tensor &tensor = *it->second.tensor;
  if (ArrayRef<uint64_t>(tensor.shape) != shape)
    return tensorError(it->second, "the shape is " + gguf::shapeText(tensor.shape) + ", expected " +
                                       gguf::shapeText(shape) + " (" + meaning + ")");
  if (isVector && !isPlainFloat(tensor.type))
    return tensorError(it->second, Twine("the type is ") + typeName(tensor.type) +
                                       ", expected F32, F16 or BF16 (" + meaning + ")");
  used.insert(key);
  return Error::success();
}

/// One row of the embedding per token.
Error TensorChecker::readVocabulary() {
  config.vocab = static_cast<uint32_t>(model.tokenizer.tokens.size());
  config.tiedHead = !byName.contains("output.weight");
  if (Error error = expect("token_embd.weight", {config.vocab, config.hidden},
                           "tokens of the tokenizer x embedding_length"))
    return error;
  if (config.tiedHead)
    return Error::success();
  return expect("output.weight", {config.vocab, config.hidden},
                "tokens of the tokenizer x embedding_length");
}

Error TensorChecker::checkProjections(const std::string &prefix) {
  const uint64_t hidden = config.hidden;
  if (config.qkvFused) {
    const uint64_t rows = config.queryWidth() + 2 * config.kvWidth();
    const char *meaning = "Q, K and V of all heads";
    if (Error error = expect(prefix + "attn_qkv.weight", {rows, hidden},
                             Twine(meaning) + " x embedding_length"))
      return error;
    return expect(prefix + "attn_qkv.bias", {rows}, meaning);
  }
  struct {
    const char *name;
    uint64_t width;
  } projections[] = {
      {"attn_q", config.queryWidth()}, {"attn_k", config.kvWidth()}, {"attn_v", config.kvWidth()}};
  for (auto &projection : projections) {
    if (Error error = expect(prefix + projection.name + ".weight", {projection.width, hidden},
                             "heads * head size x embedding_length"))
      return error;
    if (!config.qkvBias)
      continue;
    if (Error error =
            expect(prefix + projection.name + ".bias", {projection.width}, "heads * head size"))
      return error;
  }
  return Error::success();
}

Error TensorChecker::checkLayer(uint32_t layer) {
  std::string prefix = "blk." + std::to_string(layer) + ".";
  const uint64_t hidden = config.hidden;
  if (Error error = expect(prefix + "attn_norm.weight", {hidden}, "embedding_length"))
    return error;
  if (Error error = checkProjections(prefix))
    return error;
  if (config.qkNorm)
    for (const char *name : {"attn_q_norm.weight", "attn_k_norm.weight"})
      if (Error error = expect(prefix + name, {config.headDim}, "head size"))
        return error;
  if (Error error = expect(prefix + "attn_output.weight", {hidden, config.queryWidth()},
                           "embedding_length x heads * head size"))
    return error;
  if (Error error = expect(prefix + "ffn_norm.weight", {hidden}, "embedding_length"))
    return error;
  return config.experts ? checkExperts(prefix) : checkFeedForward(prefix, ".weight");
}

Error TensorChecker::checkFeedForward(const std::string &prefix, const char *suffix) {
  const uint64_t hidden = config.hidden, ffn = config.ffn;
  for (const char *name : {"ffn_gate", "ffn_up"})
    if (Error error =
            expect(prefix + name + suffix, {ffn, hidden}, "feed_forward_length x embedding_length"))
      return error;
  return expect(prefix + "ffn_down" + suffix, {hidden, ffn},
                "embedding_length x feed_forward_length");
}

Error TensorChecker::checkExperts(const std::string &prefix) {
  const uint64_t experts = config.experts, hidden = config.hidden, width = config.expertFfn;
  if (Error error = expect(prefix + "ffn_gate_inp.weight", {experts, hidden},
                           "expert_count x embedding_length"))
    return error;
  for (const char *name : {"ffn_gate_exps.weight", "ffn_up_exps.weight"})
    if (Error error = expect(prefix + name, {experts, width, hidden},
                             "expert_count x expert_feed_forward_length x embedding_length"))
      return error;
  // One product of both reads the activations as the formats want them.
  PartTensor gate = byName[prefix + "ffn_gate_exps.weight"];
  PartTensor up = byName[prefix + "ffn_up_exps.weight"];
  if (isPlainFloat(gate.tensor->type) != isPlainFloat(up.tensor->type))
    return tensorError(up, Twine("the type is ") + typeName(up.tensor->type) + ", but that of '" +
                               gate.tensor->name + "' is " + typeName(gate.tensor->type) +
                               "; expected floats for both or for neither");
  if (Error error = expect(prefix + "ffn_down_exps.weight", {experts, hidden, width},
                           "expert_count x embedding_length x expert_feed_forward_length"))
    return error;
  if (!config.sharedExpert)
    return Error::success();
  if (Error error = expect(prefix + "ffn_gate_inp_shexp.weight", {hidden}, "embedding_length"))
    return error;
  return checkFeedForward(prefix, "_shexp.weight");
}

/// Llama 3.1 stretches its angles by factors in a tensor. Ones change nothing.
Error TensorChecker::readRopeFactors(PartTensor found) {
  const gguf::Tensor &tensor = *found.tensor;
  if (tensor.shape.size() != 1 || tensor.shape[0] != config.ropeDim / 2 ||
      tensor.type != GgmlType::F32)
    return tensorError(found, Twine("the tensor is ") + gguf::shapeText(tensor.shape) +
                                  " of type " + typeName(tensor.type) + ", expected " +
                                  Twine(config.ropeDim / 2) + " of type F32");
  std::vector<float> factors(tensor.shape[0]);
  dequantizeRow(tensor.type, parts[found.part].bytes.data() + tensor.offset, factors.data(),
                factors.size());
  if (!llvm::all_of(factors, [](float f) { return std::isfinite(f) && f > 0; }))
    return tensorError(found, "divisors of RoPE frequencies, expected finite positive numbers");
  if (!llvm::all_of(factors, [](float f) { return f == 1.0f; }))
    config.ropeScaling.factors = std::move(factors);
  return Error::success();
}

/// Rows of a tensor, or (of a vector) elements, as a tensor of the model.
void TensorChecker::addTensor(std::string name, PartTensor from, uint64_t firstRow, uint64_t rows) {
  const gguf::Tensor &tensor = *from.tensor;
  llvm::SmallVector<uint64_t, 2> shape(ArrayRef<uint64_t>(tensor.shape));
  uint64_t rowBytes = tensor.bytes / shape.front();
  shape.front() = rows;
  model.tensorIndex[name] = model.tensors.size();
  model.tensors.push_back({std::move(name), tensor.type, std::move(shape), from.part,
                           tensor.offset + firstRow * rowBytes, rows * rowBytes});
}

Error TensorChecker::checkRest() {
  for (auto [part, where] : llvm::enumerate(parts))
    for (const gguf::Tensor &tensor : where.file->tensors) {
      PartTensor found{&tensor, uint32_t(part)};
      StringRef fused = tensor.name;
      if (used.contains(tensor.name)) {
        if (config.qkvFused && fused.contains(".attn_qkv.")) {
          auto [block, kind] = fused.split(".attn_qkv.");
          uint64_t row = 0;
          for (auto [name, rows] :
               {std::pair(".attn_q.", config.queryWidth()), std::pair(".attn_k.", config.kvWidth()),
                std::pair(".attn_v.", config.kvWidth())}) {
            addTensor((block + name + kind).str(), found, row, rows);
            row += rows;
          }
        } else {
          addTensor(tensor.name.str(), found, 0, tensor.shape.front());
        }
      } else if (tensor.name == "rope_freqs.weight") {
        if (Error error = readRopeFactors(found))
          return error;
      } else {
        return tensorError(found, "unexpected; " + architecture() + " has no tensor of this name");
      }
    }
  return Error::success();
}

Error TensorChecker::check() {
  if (Error error = checkTypes())
    return error;
  if (Error error = readVocabulary())
    return error;
  for (uint32_t layer = 0; layer < config.layers; ++layer)
    if (Error error = checkLayer(layer))
      return error;
  if (Error error = expect("output_norm.weight", {config.hidden}, "embedding_length"))
    return error;
  return checkRest();
}

Error qwenc::checkTensors(ArrayRef<ModelPart> parts, Model &model) {
  return TensorChecker(parts, model).check();
}
