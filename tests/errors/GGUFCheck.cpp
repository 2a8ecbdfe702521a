//===- tests/errors/GGUFCheck.cpp - the frontend alone, as a program ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   gguf-check FILE [-o OUT]
//
// Loads a model file as qwenc does, prints what it is and stops; by qwenc's
// rules for errors (one line on stderr, status 1) the tests of broken files run
// on either program, and on this one under the sanitizers. `-o` is accepted for
// that reason; nothing is written.
//===----------------------------------------------------------------------===//
#include "frontend/LoadModel.h"

#include <cstdio>
#include <cstring>

using namespace qwenc;

int main(int argc, char **argv) {
  bool hasOutput = argc == 4 && std::strcmp(argv[2], "-o") == 0;
  if (argc != 2 && !hasOutput) {
    std::fprintf(stderr, "usage: gguf-check FILE [-o OUT]\n");
    return 2;
  }
  auto model = loadModel(argv[1]);
  if (!model) {
    std::fprintf(stderr, "qwenc: error: %s\n", llvm::toString(model.takeError()).c_str());
    return 1;
  }
  const ModelConfig &config = (*model)->config;
  const TokenizerSpec &tokenizer = (*model)->tokenizer;
  std::printf("%s '%s': %u layers of %u, %u/%u heads of %u, ffn %u, vocabulary %u, context %u, "
              "rope %g%s, eps %g, %s head\n",
              architectureName(config.arch), gguf::printable(config.name).c_str(), config.layers,
              config.hidden, config.heads, config.kvHeads, config.headDim, config.ffn, config.vocab,
              config.contextLength, config.ropeTheta, config.ropeInterleaved ? " interleaved" : "",
              static_cast<double>(config.rmsEps), config.tiedHead ? "tied" : "own");
  std::printf("%zu tensors; pre-tokenizer %s, %zu merges, %s chat template, ends at",
              (*model)->tensors.size(), preTokenizerName(tokenizer.pre), tokenizer.merges.size(),
              tokenizer.chatTemplate ? "a" : "no");
  for (uint32_t token : tokenizer.endOfGeneration)
    std::printf(" %u", token);
  std::printf("\n");
  return 0;
}
