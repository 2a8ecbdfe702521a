//===- frontend/LoadModel.cpp ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/LoadModel.h"

#include "frontend/CheckTensors.h"
#include "frontend/ModelFiles.h"

#include "llvm/ADT/Twine.h"

using namespace qwenc;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// The first part has the metadata.
static Expected<std::unique_ptr<Model>> loadParts(ArrayRef<ModelPart> parts) {
  const gguf::File &first = *parts.front().file;
  Expected<ModelConfig> config = readModelConfig(first);
  if (!config)
    return config.takeError();
  Expected<TokenizerSpec> tokenizer = readTokenizerSpec(first);
  if (!tokenizer)
    return tokenizer.takeError();
  auto model = std::make_unique<Model>();
  model->config = std::move(*config);
  model->tokenizer = std::move(*tokenizer);
  if (Error error = checkTensors(parts, *model))
    return error;
  return model;
}

Expected<std::unique_ptr<Model>> qwenc::loadModelFromMemory(StringRef name,
                                                            ArrayRef<uint8_t> bytes) {
  Expected<gguf::File> file = gguf::readFile(name, bytes);
  if (!file)
    return file.takeError();
  auto parts = file->metadata.getUnsigned("split.count");
  if (!parts)
    return parts.takeError();
  if (parts->value_or(0) > 1)
    return file->metadata.error("split.count",
                                "the file is one of " + Twine(**parts) + " parts of a model");
  return loadParts(ModelPart{&*file, bytes});
}

Expected<std::unique_ptr<Model>> qwenc::loadModel(StringRef path) {
  Expected<ModelFiles> files = openModelFiles(path);
  if (!files)
    return files.takeError();
  std::vector<ModelPart> parts;
  for (auto [map, header] : llvm::zip_equal(files->maps, files->headers))
    parts.push_back({&header, {map.data(), static_cast<size_t>(map.size())}});
  Expected<std::unique_ptr<Model>> model = loadParts(parts);
  if (!model)
    return model.takeError();
  (*model)->files = std::move(files->maps);
  return model;
}
