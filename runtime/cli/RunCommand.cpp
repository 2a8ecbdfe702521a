//===- runtime/cli/RunCommand.cpp - answer a prompt ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/chat/ChatTemplate.h"
#include "runtime/cli/Answer.h"
#include "runtime/cli/Commands.h"
#include "runtime/cli/Console.h"
#include "runtime/cli/Input.h"

#include <unistd.h>

namespace qwenc::rt {
namespace {

/// -p as it is; a file or standard input without the newline that ends its last
/// line, unless every byte counts (--raw).
Result<std::string> readPrompt(const RunOptions &run) {
  if (run.text.prompt)
    return *run.text.prompt;
  Result<std::string> text = readInput(run.text.file.empty() ? "-" : run.text.file);
  if (text && !run.raw && text->ends_with('\n'))
    text->pop_back();
  return text;
}

/// The tokens to feed, and the notice that goes with them (may be empty).
struct Prompt {
  std::vector<int32_t> tokens;
  std::string notice;
};

Result<Prompt> encodePrompt(const Program &program, std::string text) {
  const RunOptions &run = program.options().run;
  const Tokenizer &tokenizer = program.tokenizer();
  const ChatTemplate chat(tokenizer);
  Prompt prompt;
  if (!run.raw && chat.kind() == ChatKind::Unknown)
    return Failure{"this model's chat template is not known to qwenc; use --raw and write the "
                   "whole prompt yourself"};
  if (!run.raw && chat.canRender()) {
    std::vector<ChatMessage> messages;
    if (run.hasSystem)
      messages.push_back({ChatRole::System, run.system});
    messages.push_back({ChatRole::User, std::move(text)});
    chat.encode(tokenizer, messages, run.thinking, prompt.tokens);
    return prompt;
  }
  if (!run.raw)
    prompt.notice = "the model has no chat template: the text is continued as it is (--raw)";
  if (tokenizer.addsBos())
    prompt.tokens.push_back(tokenizer.bos());
  tokenizer.encode(text, /*parseSpecial=*/true, prompt.tokens);
  return prompt;
}

int runPrompt(const Program &program, const Prompt &prompt) {
  const RunOptions &run = program.options().run;
  const int32_t context = chooseContext(program);
  if (prompt.tokens.size() > static_cast<size_t>(context))
    return reportError("the prompt has " + std::to_string(prompt.tokens.size()) +
                       " tokens and the context only " + std::to_string(context) +
                       "; raise --ctx (up to " + std::to_string(program.model().context_max) +
                       ") or shorten the prompt");
  Result<std::unique_ptr<Session>> session = startAnswering(program, context);
  if (!session)
    return reportError(session.error());
  const SamplerOptions sampling = chooseSampling(run);
  if (run.verbose)
    writeErr(describeSession(program, **session, sampling));

  Sampler sampler(sampling);
  std::optional<PromptLookup> lookup = chooseLookup(run);
  TextSink sink(program.tokenizer());
  const double loadSeconds = program.secondsSinceStart();
  Result<GenerationStats> stats =
      answer(program, **session, sampler, lookup ? &*lookup : nullptr, prompt.tokens, sink);
  if (!stats)
    return reportError(stats.error());
  sink.finish();
  if (!run.quiet) {
    if (stats->reason == StopReason::ContextFull)
      reportNote("stopped because the context of " + std::to_string(context) +
                 " tokens is full; --ctx makes it larger");
    writeErr(timingLine(*stats, loadSeconds));
  }
  return stats->reason == StopReason::Interrupted ? ExitInterrupted : ExitDone;
}

} // namespace

int runCommand(const Program &program) {
  const RunOptions &run = program.options().run;
  if (!run.text.prompt && run.text.file.empty() && isatty(STDIN_FILENO))
    return chatCommand(program);
  Result<std::string> text = readPrompt(run);
  if (!text)
    return interruptFlag().load() ? int(ExitInterrupted) : reportError(text.error());
  if (text->empty())
    return reportError("the prompt is empty: give a text with -p, -f or on standard input");
  Result<Prompt> prompt = encodePrompt(program, std::move(*text));
  if (!prompt)
    return reportError(prompt.error());
  if (!prompt->notice.empty() && !run.quiet)
    reportNote(prompt->notice);
  return runPrompt(program, *prompt);
}

} // namespace qwenc::rt
