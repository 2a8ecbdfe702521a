//===- frontend/transforms/LoraAdapter.cpp - the GGUF kind, and shapes ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/LoraAdapter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

#include <cmath>
#include <map>

using namespace qwenc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

std::string qwenc::checkLoraShapes(const Model &model, const LoraPair &pair) {
  const TensorInfo &tensor = model.tensor(pair.tensor);
  auto text = [](const LoraMatrix &m) { return gguf::shapeText({m.rows, m.columns}); };
  if (pair.a.rows != pair.b.columns || pair.a.columns != tensor.columns() ||
      pair.b.rows != tensor.rows())
    return "A is " + text(pair.a) + " and B is " + text(pair.b) + ", but the tensor is " +
           gguf::shapeText(tensor.shape) + ": expected rank x " + std::to_string(tensor.columns()) +
           " and " + std::to_string(tensor.rows()) + " x rank";
  if (!std::isfinite(pair.scale))
    return "its scale is not finite";
  return "";
}

static Expected<float> readAlpha(const gguf::File &file) {
  auto type = file.metadata.requireString("general.type");
  if (!type)
    return type.takeError();
  if (*type != "adapter")
    return file.metadata.error("general.type", "'" + gguf::printable(*type) +
                                                   "', expected 'adapter': this is no LoRA");
  auto kind = file.metadata.requireString("adapter.type");
  if (!kind)
    return kind.takeError();
  if (*kind != "lora")
    return file.metadata.error("adapter.type",
                               "'" + gguf::printable(*kind) + "' is not supported, only 'lora'");
  auto alpha = file.metadata.requireFloat("adapter.lora.alpha");
  if (!alpha)
    return alpha.takeError();
  return static_cast<float>(*alpha);
}

Error qwenc::readGGUFAdapter(const Model &model, LoraAdapter &adapter) {
  auto file =
      gguf::readFile(adapter.file.path(), {adapter.file.data(), size_t(adapter.file.size())});
  if (!file)
    return file.takeError();
  auto alpha = readAlpha(*file);
  if (!alpha)
    return alpha.takeError();
  auto arch = file->metadata.getString("general.architecture");
  if (!arch)
    return arch.takeError();
  if (*arch && **arch != architectureName(model.config.arch))
    return file->metadata.error("general.architecture",
                                "the adapter is for '" + gguf::printable(**arch) +
                                    "', the model is " + architectureName(model.config.arch));
  struct Halves {
    const gguf::Tensor *a = nullptr, *b = nullptr;
  };
  std::map<StringRef, Halves> byName;
  for (const gguf::Tensor &tensor : file->tensors) {
    StringRef name = tensor.name;
    bool isA = name.consume_back(".lora_a");
    if (!isA && !name.consume_back(".lora_b"))
      return file->tensorError(tensor.name, "neither .lora_a nor .lora_b of a tensor");
    const TensorInfo *target = model.find(name);
    if (!target || target->isVector())
      return file->tensorError(tensor.name, "the model has no matrix of this name to change");
    if (name == "token_embd.weight")
      return file->tensorError(tensor.name, "updates of the embedding are not supported");
    if (tensor.shape.size() != 2 || (tensor.type != GgmlType::F32 && tensor.type != GgmlType::F16 &&
                                     tensor.type != GgmlType::BF16))
      return file->tensorError(tensor.name, "it is " + gguf::shapeText(tensor.shape) + " of type " +
                                                typeName(tensor.type) +
                                                ", expected a matrix of type F32, F16 or BF16");
    (isA ? byName[name].a : byName[name].b) = &tensor;
  }
  auto matrix = [](const gguf::Tensor &tensor) {
    return LoraMatrix{tensor.type, tensor.shape[0], tensor.shape[1], tensor.offset};
  };
  for (const TensorInfo &tensor : model.tensors) {
    auto it = byName.find(tensor.name);
    if (it == byName.end())
      continue;
    auto [a, b] = it->second;
    if (!a || !b)
      return file->tensorError((a ? a : b)->name, a ? ".lora_b is missing" : ".lora_a is missing");
    LoraPair pair{tensor.name, matrix(*a), matrix(*b), 0, 0};
    pair.scale = *alpha / static_cast<float>(pair.a.rows);
    if (std::string problem = checkLoraShapes(model, pair); !problem.empty())
      return file->tensorError(a->name, problem);
    adapter.pairs.push_back(std::move(pair));
  }
  return Error::success();
}

Expected<std::shared_ptr<LoraAdapter>> qwenc::readLoraAdapter(const std::string &path,
                                                              const Model &model) {
  auto adapter = std::make_shared<LoraAdapter>();
  bool isFolder = llvm::sys::fs::is_directory(path);
  auto file = MappedFile::open(isFolder ? path + "/adapter_model.safetensors" : path);
  if (!file) {
    if (isFolder && llvm::sys::fs::exists(path + "/adapter_model.bin"))
      return llvm::createStringError(path + ": holds adapter_model.bin, a pickle; save the "
                                            "adapter as safetensors");
    return llvm::createStringError(file.error());
  }
  adapter->file = std::move(*file);
  Error error =
      isFolder ? readPeftAdapter(path, model, *adapter) : readGGUFAdapter(model, *adapter);
  if (error)
    return error;
  if (adapter->pairs.empty())
    return llvm::createStringError(adapter->file.path() + ": changes no tensor");
  return adapter;
}
