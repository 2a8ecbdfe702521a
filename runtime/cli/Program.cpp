//===- runtime/cli/Program.cpp - what all commands work with ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/Program.h"
#include "runtime/cli/Console.h"
#include "runtime/core/KernelSelection.h"
#include "runtime/core/MemoryLimit.h"
#include "runtime/threading/ThreadPlan.h"

namespace qwenc::rt {

Result<Program> Program::open(const QwenModel &model, const Options &options,
                              const Stopwatch &sinceStart) {
  Result<LoadedModel> loaded = LoadedModel::open(model);
  if (!loaded)
    return loaded.takeFailure();
  Result<Tokenizer> tokenizer = Tokenizer::open(loaded->tokenizer());
  if (!tokenizer)
    return tokenizer.takeFailure();
  if (static_cast<uint32_t>(tokenizer->vocabSize()) > model.vocab)
    return Failure{"the tokenizer has " + std::to_string(tokenizer->vocabSize()) +
                   " tokens and the model only " + std::to_string(model.vocab)};
  return Program(std::move(*loaded), *tokenizer, options, sinceStart);
}

Result<const QwenKernelSet *> Program::kernels() const {
  return selectKernelSet(model(), features);
}

Result<std::unique_ptr<Session>> Program::startSession(int32_t context, int32_t logitRows) const {
  Result<const QwenKernelSet *> set = kernels();
  if (!set)
    return set.takeFailure();
  // Before there are threads, which take it over.
  const uint32_t bits = (*set)->vector_bits;
  if (bits != 0 && bits != features.sveVectorBits && !setSveVectorBits(bits))
    return Failure{"the kernel refuses SVE vectors of " + std::to_string(bits) + " bits"};
  const CpuTopology topology = readCpuTopology(allowedCpuNumbers());
  SessionOptions session;
  session.context = context;
  session.threads = planThreads(topology, chosen->threads, chosen->pinning);
  session.cpus = topology.runnableCpus();
  session.batch = chosen->batch;
  session.logitRows = logitRows;
  session.memoryLimit = memoryLimit();
  session.interrupted = &interruptFlag();
  return Session::create(model(), **set, loaded.weights().data(), session);
}

} // namespace qwenc::rt
