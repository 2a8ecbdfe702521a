//===- runtime/cli/Answer.h - what run and chat have in common -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CLI_ANSWER_H
#define QWENC_RUNTIME_CLI_ANSWER_H

#include "runtime/cli/Program.h"
#include "runtime/core/Generator.h"
#include "runtime/tokenizer/StreamDecoder.h"

#include <optional>
#include <string>
#include <vector>

namespace qwenc::rt {

/// The context when --ctx does not say: enough for most, small in memory.
inline constexpr int32_t DefaultContext = 4096;

/// The context of a run: --ctx, or the smaller of the model's and the default.
int32_t chooseContext(const Program &program);

/// The sampling options with a seed drawn by chance where none was given.
SamplerOptions chooseSampling(const RunOptions &run);

/// Writes tokens to standard output as text, whole characters at a time.
/// Control tokens are not shown.
class TextSink final : public TokenSink {
public:
  explicit TextSink(const Tokenizer &tokenizer) : tokenizer(tokenizer) {}

  void token(int32_t token) override;
  /// Ends the text: what is incomplete comes out, and one newline.
  void finish();

  /// All tokens so far, and their text as shown.
  const std::vector<int32_t> &tokens() const { return seen; }
  const std::string &text() const { return shown; }

private:
  void show(const std::string &piece);

  const Tokenizer &tokenizer;
  StreamDecoder decoder;
  std::vector<int32_t> seen;
  std::string shown;
};

/// A session for answers: with rows of logits for the drafts of --lookup.
Result<std::unique_ptr<Session>> startAnswering(const Program &program, int32_t context);

/// What --lookup asks for, if anything.
std::optional<PromptLookup> chooseLookup(const RunOptions &run);

/// Generates after `prompt` within the limits of the command line; `lookup` may
/// be null.
Result<GenerationStats> answer(const Program &program, Session &session, Sampler &sampler,
                               PromptLookup *lookup, std::span<const int32_t> prompt,
                               TextSink &sink);

/// "load 3 ms | prompt 12 tokens, 350 tok/s | ...", one line. `loadSeconds` is
/// from main's entry to the call of answer().
std::string timingLine(const GenerationStats &stats, double loadSeconds);

/// Lines about what was loaded and chosen, for --verbose.
std::string describeSession(const Program &program, const Session &session,
                            const SamplerOptions &sampling);

} // namespace qwenc::rt
#endif
