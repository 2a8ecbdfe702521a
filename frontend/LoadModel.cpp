//===- frontend/LoadModel.cpp ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/LoadModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

using namespace qwenc;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// Compares a file's tensors with the list that its architecture asks for.
class TensorChecker {
public:
  TensorChecker(const gguf::File &file, ArrayRef<uint8_t> bytes, Model &model)
      : file(file), bytes(bytes), model(model), config(model.config) {}

  Error check();

private:
  Error checkTypes();
  Error readVocabulary();
  Error checkLayer(uint32_t layer);
  Error checkRopeFactors(const gguf::Tensor &tensor);
  Error checkRest();
  Error expect(const Twine &name, ArrayRef<uint64_t> shape, const Twine &meaning);
  std::string architecture() const {
    return std::string("a ") + architectureName(config.arch) + " model of " +
           std::to_string(config.layers) + (config.layers == 1 ? " layer" : " layers");
  }

  const gguf::File &file;
  ArrayRef<uint8_t> bytes;
  Model &model;
  ModelConfig &config;
  llvm::StringMap<const gguf::Tensor *> byName;
  llvm::StringSet<> used;
};
} // namespace

static bool isPlainFloat(GgmlType type) {
  return type == GgmlType::F32 || type == GgmlType::F16 || type == GgmlType::BF16;
}

Error TensorChecker::checkTypes() {
  for (const gguf::Tensor &tensor : file.tensors) {
    const BlockFormat &format = blockFormat(tensor.type);
    if (!format.supported())
      return file.tensorError(tensor.name, Twine("type ") + format.name +
                                               " is not supported; supported types are " +
                                               supportedTypeNames());
    byName[tensor.name] = &tensor;
  }
  return Error::success();
}

Error TensorChecker::expect(const Twine &name, ArrayRef<uint64_t> shape, const Twine &meaning) {
  std::string key = name.str();
  bool isVector = shape.size() == 1;
  auto it = byName.find(key);
  if (it == byName.end())
    return file.tensorError(key, "missing; " + architecture() + " has it, expected " +
                                     gguf::shapeText(shape) + " (" + meaning + ")" +
                                     (isVector ? " of type F32, F16 or BF16" : ""));
  const gguf::Tensor &tensor = *it->second;
  if (ArrayRef<uint64_t>(tensor.shape) != shape)
    return file.tensorError(key, "the shape is " + gguf::shapeText(tensor.shape) + ", expected " +
                                     gguf::shapeText(shape) + " (" + meaning + ")");
  if (isVector && !isPlainFloat(tensor.type))
    return file.tensorError(key, Twine("the type is ") + typeName(tensor.type) +
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

Error TensorChecker::checkLayer(uint32_t layer) {
  std::string prefix = "blk." + std::to_string(layer) + ".";
  const uint64_t hidden = config.hidden, ffn = config.ffn;
  struct {
    const char *name;
    uint64_t width;
  } projections[] = {
      {"attn_q", config.queryWidth()}, {"attn_k", config.kvWidth()}, {"attn_v", config.kvWidth()}};
  if (Error error = expect(prefix + "attn_norm.weight", {hidden}, "embedding_length"))
    return error;
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
  if (config.qkNorm)
    for (const char *name : {"attn_q_norm.weight", "attn_k_norm.weight"})
      if (Error error = expect(prefix + name, {config.headDim}, "head size"))
        return error;
  if (Error error = expect(prefix + "attn_output.weight", {hidden, config.queryWidth()},
                           "embedding_length x heads * head size"))
    return error;
  if (Error error = expect(prefix + "ffn_norm.weight", {hidden}, "embedding_length"))
    return error;
  for (const char *name : {"ffn_gate.weight", "ffn_up.weight"})
    if (Error error =
            expect(prefix + name, {ffn, hidden}, "feed_forward_length x embedding_length"))
      return error;
  return expect(prefix + "ffn_down.weight", {hidden, ffn},
                "embedding_length x feed_forward_length");
}

/// Llama 3.1 stretches its angles by factors in a tensor. Ones change nothing.
Error TensorChecker::checkRopeFactors(const gguf::Tensor &tensor) {
  if (tensor.shape.size() != 1 || tensor.shape[0] != config.ropeDim / 2 ||
      tensor.type != GgmlType::F32)
    return file.tensorError(tensor.name, Twine("the tensor is ") + gguf::shapeText(tensor.shape) +
                                             " of type " + typeName(tensor.type) + ", expected " +
                                             Twine(config.ropeDim / 2) + " of type F32");
  std::vector<float> factors(tensor.shape[0]);
  dequantizeRow(tensor.type, bytes.data() + tensor.offset, factors.data(), factors.size());
  if (!llvm::all_of(factors, [](float f) { return f == 1.0f; }))
    return file.tensorError(tensor.name, "RoPE frequency factors other than 1 are not supported");
  return Error::success();
}

Error TensorChecker::checkRest() {
  for (const gguf::Tensor &tensor : file.tensors) {
    if (used.contains(tensor.name)) {
      model.tensorIndex[tensor.name] = model.tensors.size();
      model.tensors.push_back({tensor.name.str(), tensor.type,
                               llvm::SmallVector<uint64_t, 2>(ArrayRef<uint64_t>(tensor.shape)),
                               tensor.offset, tensor.bytes});
      continue;
    }
    if (tensor.name == "rope_freqs.weight") {
      if (Error error = checkRopeFactors(tensor))
        return error;
      continue;
    }
    return file.tensorError(tensor.name,
                            "unexpected; " + architecture() + " has no tensor of this name");
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

Expected<std::unique_ptr<Model>> qwenc::loadModelFromMemory(StringRef name,
                                                            ArrayRef<uint8_t> bytes) {
  Expected<gguf::File> file = gguf::readFile(name, bytes);
  if (!file)
    return file.takeError();
  Expected<ModelConfig> config = readModelConfig(*file);
  if (!config)
    return config.takeError();
  Expected<TokenizerSpec> tokenizer = readTokenizerSpec(*file);
  if (!tokenizer)
    return tokenizer.takeError();
  auto model = std::make_unique<Model>();
  model->config = std::move(*config);
  model->tokenizer = std::move(*tokenizer);
  if (Error error = TensorChecker(*file, bytes, *model).check())
    return error;
  return model;
}

Expected<std::unique_ptr<Model>> qwenc::loadModel(StringRef path) {
  Result<MappedFile> mapped = MappedFile::open(path.str());
  if (!mapped)
    return llvm::createStringError(mapped.error());
  Expected<std::unique_ptr<Model>> model =
      loadModelFromMemory(path, {mapped->data(), static_cast<size_t>(mapped->size())});
  if (!model)
    return model.takeError();
  (*model)->file = std::move(*mapped);
  return model;
}
