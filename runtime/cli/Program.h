//===- runtime/cli/Program.h - what all commands work with -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CLI_PROGRAM_H
#define QWENC_RUNTIME_CLI_PROGRAM_H

#include "runtime/cli/Options.h"
#include "runtime/core/CpuFeatures.h"
#include "runtime/core/LoadedModel.h"
#include "runtime/core/Session.h"
#include "runtime/core/Stopwatch.h"
#include "runtime/tokenizer/Tokenizer.h"
#include "support/Result.h"

#include <memory>

namespace qwenc::rt {

class Program {
public:
  /// Maps the payload of this executable. `sinceStart` runs from main's entry.
  static Result<Program> open(const QwenModel &model, const Options &options,
                              const Stopwatch &sinceStart);

  const QwenModel &model() const { return loaded.model(); }
  const LoadedModel &payload() const { return loaded; }
  const Tokenizer &tokenizer() const { return text; }
  const Options &options() const { return *chosen; }
  const CpuFeatures &cpu() const { return features; }
  double secondsSinceStart() const { return sinceStart.seconds(); }

  /// The code for this CPU, or what it lacks.
  Result<const QwenKernelSet *> kernels() const;

  /// A session on this CPU with the threads that were asked for. At most
  /// `logitRows` rows of logits at once.
  Result<std::unique_ptr<Session>> startSession(int32_t context, int32_t logitRows) const;

private:
  Program(LoadedModel loaded, Tokenizer text, const Options &options, const Stopwatch &sinceStart)
      : loaded(std::move(loaded)), text(text), chosen(&options), features(detectCpuFeatures()),
        sinceStart(sinceStart) {}

  LoadedModel loaded;
  Tokenizer text;
  const Options *chosen;
  CpuFeatures features;
  Stopwatch sinceStart;
};

} // namespace qwenc::rt
#endif
