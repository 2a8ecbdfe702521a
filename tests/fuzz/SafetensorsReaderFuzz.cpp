//===- tests/fuzz/SafetensorsReaderFuzz.cpp - any bytes as an adapter -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever the bytes are: tensors that fill the file's data, or an error of one
// line.
//===----------------------------------------------------------------------===//
#include "frontend/safetensors/SafetensorsReader.h"

#include <cstdio>
#include <cstdlib>

using namespace qwenc;

static void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto file = safetensors::readFile("fuzz", llvm::ArrayRef<uint8_t>(data, size));
  if (!file) {
    std::string message = llvm::toString(file.takeError());
    require(message.starts_with("fuzz: "), "errors name the file");
    for (char c : message)
      require(static_cast<unsigned char>(c) >= 32 && c != 127, "errors are one line of text");
    return 0;
  }
  uint64_t next = 0;
  for (const safetensors::Tensor &tensor : file->tensors) {
    uint64_t bytes = safetensors::dtypeBytes(tensor.dtype);
    require(bytes != 0, "types are known");
    for (uint64_t extent : tensor.shape)
      bytes *= extent;
    require(bytes == tensor.bytes, "sizes are products");
    require(next == 0 || tensor.offset == next, "tensors follow one another");
    require(tensor.offset <= size && tensor.bytes <= size - tensor.offset, "tensors lie inside");
    next = tensor.offset + tensor.bytes;
  }
  return 0;
}
