//===- runtime/cli/RuntimeMain.cpp - the program around a model ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/RuntimeMain.h"
#include "runtime/cli/Commands.h"
#include "runtime/cli/Console.h"

#include <exception>
#include <new>

namespace qwenc::rt {
namespace {

int dispatch(const Program &program) {
  switch (program.options().command) {
  case Command::Run:
    return runCommand(program);
  case Command::Bench:
    return benchCommand(program);
  case Command::Perplexity:
    return perplexityCommand(program);
  case Command::Tokenize:
    return tokenizeCommand(program);
  case Command::Info:
    return infoCommand(program);
  }
  return ExitInternal;
}

int runProgram(const QwenModel &model, int argc, char **argv) {
  Stopwatch sinceStart;
  installSignalHandlers();
  Options options;
  if (std::optional<int> status = parseOptions(model, argc, argv, options))
    return *status;
  Result<Program> program = Program::open(model, options, sinceStart);
  if (!program)
    return reportError(program.error());
  int status = dispatch(*program);
  return interruptFlag().load() ? int(ExitInterrupted) : status;
}

} // namespace

int qwenRuntimeMain(const QwenModel *model, int argc, char **argv) {
  try {
    return runProgram(*model, argc, argv);
  } catch (const std::bad_alloc &) {
    return reportError("out of memory");
  } catch (const std::exception &error) {
    reportError(std::string("internal error: ") + error.what());
    return ExitInternal;
  }
}

} // namespace qwenc::rt
