//===- tests/fuzz/GGUFReaderFuzz.cpp - any bytes as a model file ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever the bytes are: a model whose every promise holds, or an error of one
// line. Beyond what the sanitizers see, the promises that later code builds on
// are checked here.
//===----------------------------------------------------------------------===//
#include "frontend/LoadModel.h"

#include <cstdio>
#include <cstdlib>

using namespace qwenc;

static void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

static void checkModel(const Model &model, size_t fileBytes) {
  const ModelConfig &config = model.config;
  require(config.heads % config.kvHeads == 0, "query heads divide among KV heads");
  require(config.headDim % 2 == 0 && config.ropeDim == config.headDim, "RoPE turns whole heads");
  require(config.vocab == model.tokenizer.tokens.size(), "a row for each token");
  require(model.tokenizer.types.size() == config.vocab, "a type for each token");
  for (uint32_t token : model.tokenizer.endOfGeneration)
    require(token < config.vocab, "ends are tokens");
  for (const TensorInfo &tensor : model.tensors) {
    const BlockFormat &format = blockFormat(tensor.type);
    require(format.supported(), "types are supported");
    require(tensor.columns() % format.elements == 0, "rows are whole blocks");
    require(tensor.bytes == tensor.rows() * tensor.rowBytes(), "sizes are products");
    require(tensor.fileOffset <= fileBytes && tensor.bytes <= fileBytes - tensor.fileOffset,
            "tensors lie inside the file");
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::ArrayRef<uint8_t> bytes(data, size);
  auto model = loadModelFromMemory("fuzz.gguf", bytes);
  if (model) {
    checkModel(**model, size);
    return 0;
  }
  std::string message = llvm::toString(model.takeError());
  require(message.starts_with("fuzz.gguf: "), "errors name the file");
  for (char c : message)
    require(static_cast<unsigned char>(c) >= 32 && c != 127, "errors are one line of text");
  return 0;
}
