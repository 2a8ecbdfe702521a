//===- runtime/cli/Options.h - the command line of an executable -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The initial values here are the defaults that --help shows.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CLI_OPTIONS_H
#define QWENC_RUNTIME_CLI_OPTIONS_H

#include "runtime/abi/ModelAbi.h"
#include "runtime/sampling/Sampler.h"
#include "runtime/threading/ThreadPlan.h"

#include <cstdint>
#include <optional>
#include <string>

namespace qwenc::rt {

enum class Command { Run, Bench, Perplexity, Tokenize, Info };

/// Text from -p or -f; from standard input when neither is given.
struct TextOptions {
  std::optional<std::string> prompt;
  std::string file;
};

struct RunOptions {
  TextOptions text;
  std::string system; ///< instead of the template's own system prompt
  bool hasSystem = false;
  bool thinking = true;
  int32_t tokens = -1; ///< -1: until the answer ends or the context is full
  SamplerOptions sampling;
  bool hasSeed = false;
  bool raw = false;
  bool ignoreEos = false;
  int32_t lookup = 0;  ///< longest draft of PromptLookup; 0: none
  int32_t context = 0; ///< 0: the smaller of the model's and 4096
  bool quiet = false;
  bool verbose = false;
};

struct BenchOptions {
  int32_t promptTokens = 512;
  int32_t generatedTokens = 128;
  int32_t depth = 0;
  int32_t repetitions = 5;
  int32_t warmup = 1;
  bool profile = false;
  std::string traceFile; ///< empty: none
};

struct PerplexityOptions {
  std::string file;
  int32_t context = 512;
  int32_t chunks = 0; ///< 0: all
  std::string logitsFile;
  bool tokenNumbers = false;
};

struct TokenizeOptions {
  TextOptions text;
  bool parseSpecial = false;
};

struct Options {
  Command command = Command::Run;
  int32_t threads = 0; ///< 0: as many as CpuTopology says
  Pinning pinning = Pinning::Auto;
  int32_t batch = 0; ///< most tokens a step takes; 0: the model's own limit
  bool json = false;
  RunOptions run;
  BenchOptions bench;
  PerplexityOptions perplexity;
  TokenizeOptions tokenize;
};

/// Parses the command line into `options`. Returns none when the command should
/// run, else the exit status: 0 after --help and --version (printed on standard
/// output), 2 after a wrong flag (reported).
std::optional<int> parseOptions(const QwenModel &model, int argc, char **argv, Options &options);

} // namespace qwenc::rt
#endif
