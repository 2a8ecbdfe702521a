//===- tests/unit/runtime/AppendFakePayload.cpp ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AppendFakePayload EXECUTABLE: makes a linked FakeModel whole by appending what
// qwenc would: its weights, a tokenizer of single bytes and the trailer.
//===----------------------------------------------------------------------===//
#include "FakeModel.h"
#include "codegen/image/ByteAlphabet.h"
#include "codegen/image/TokenizerSection.h"
#include "runtime/abi/TokenizerImage.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

using namespace qwenc;
using namespace qwenc::rt::test;

namespace {

/// Tokens 0 .. 255 are the bytes, then three control tokens and words.
Result<std::vector<uint8_t>> makeTokenizer() {
  ByteAlphabet alphabet;
  TokenizerInput input;
  input.pre = "qwen2";
  for (int byte = 0; byte < 256; ++byte)
    input.tokens.push_back(alphabet.letter(static_cast<uint8_t>(byte)));
  for (const char *text : {"<|endoftext|>", "<|im_start|>", "<|im_end|>", "th", "the", "in", "an"})
    input.tokens.push_back(text);
  input.merges = {"t h", "th e", "i n", "a n"};
  input.types.assign(FakeVocab, QWEN_TOKEN_NORMAL);
  for (size_t control : {256u, 257u, 258u})
    input.types[control] = QWEN_TOKEN_CONTROL;
  input.eos = 258;
  input.endTokens = {256, 258};
  input.modelName = "Fake";
  return buildTokenizerImage(input);
}

void padTo(std::string &bytes, size_t alignment) {
  bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
}

} // namespace

int main(int argc, char **argv) {
  Result<std::vector<uint8_t>> tokenizer = makeTokenizer();
  if (argc != 2 || !tokenizer) {
    std::fprintf(stderr, "%s\n", argc == 2 ? tokenizer.error().c_str() : "wrong usage");
    return 1;
  }
  std::ifstream in(argv[1], std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  in.close();

  QwenTrailer trailer{};
  padTo(bytes, 65536);
  trailer.weights_offset = bytes.size();
  trailer.weights_bytes = 256;
  bytes.append(reinterpret_cast<const char *>(fakeWeights()), 256);
  padTo(bytes, 4096);
  trailer.tokenizer_offset = bytes.size();
  trailer.tokenizer_bytes = tokenizer->size();
  bytes.append(reinterpret_cast<const char *>(tokenizer->data()), tokenizer->size());
  trailer.file_bytes = bytes.size() + sizeof(trailer);
  std::memcpy(trailer.magic, QWEN_TRAILER_MAGIC, sizeof(trailer.magic));
  bytes.append(reinterpret_cast<const char *>(&trailer), sizeof(trailer));
  std::ofstream(argv[1], std::ios::binary) << bytes;
  return 0;
}
