//===- runtime/cli/ChatCommand.cpp - a conversation on a terminal ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole conversation is rendered anew for each turn, as the template wants
// it (Qwen3 drops earlier thoughts), and only what differs from the tokens in
// the cache is fed.
//===----------------------------------------------------------------------===//
#include "runtime/chat/ChatTemplate.h"
#include "runtime/cli/Answer.h"
#include "runtime/cli/Commands.h"
#include "runtime/cli/Console.h"
#include "runtime/cli/Input.h"

#include <algorithm>

namespace qwenc::rt {
namespace {

class Conversation {
public:
  Conversation(const Program &program, Session &session, Sampler &sampler)
      : program(program), session(session), sampler(sampler), chat(program.tokenizer()),
        lookup(chooseLookup(program.options().run)) {
    clear();
  }

  void clear() {
    messages.clear();
    if (program.options().run.hasSystem)
      messages.push_back({ChatRole::System, program.options().run.system});
  }

  /// Answers `line`; false after Ctrl-C.
  bool turn(const std::string &line) {
    messages.push_back({ChatRole::User, line});
    std::vector<int32_t> prompt;
    chat.encode(program.tokenizer(), messages, program.options().run.thinking, prompt);
    if (prompt.size() >= static_cast<size_t>(session.context())) {
      reportNote("the conversation no longer fits the context of " +
                 std::to_string(session.context()) + " tokens: /clear starts anew");
      messages.pop_back();
      return true;
    }

    TextSink sink(program.tokenizer());
    const double loadSeconds = started ? 0 : program.secondsSinceStart();
    started = true;
    std::span<const int32_t> fresh = reuseCache(prompt);
    Result<GenerationStats> stats =
        answer(program, session, sampler, lookup ? &*lookup : nullptr, fresh, sink);
    if (!stats) {
      reportError(stats.error());
      messages.pop_back();
      return true;
    }
    sink.finish();
    cached = std::move(prompt);
    cached.insert(cached.end(), sink.tokens().begin(), sink.tokens().end());
    cached.resize(static_cast<size_t>(session.position())); // the last one may not be fed yet
    messages.push_back({ChatRole::Assistant, sink.text()});
    if (program.options().run.verbose)
      writeErr(timingLine(*stats, loadSeconds));
    return stats->reason != StopReason::Interrupted;
  }

private:
  /// Keeps the part of the cache that `prompt` begins with; the rest is to be
  /// fed, at least its last token.
  std::span<const int32_t> reuseCache(std::span<const int32_t> prompt) {
    auto [differs, unused] =
        std::mismatch(prompt.begin(), prompt.end() - 1, cached.begin(), cached.end());
    size_t common = static_cast<size_t>(differs - prompt.begin());
    session.truncate(static_cast<int32_t>(common));
    return prompt.subspan(common);
  }

  const Program &program;
  Session &session;
  Sampler &sampler;
  ChatTemplate chat;
  std::optional<PromptLookup> lookup; ///< remembers all turns
  std::vector<ChatMessage> messages;
  std::vector<int32_t> cached; ///< the tokens in the session's cache
  bool started = false;
};

} // namespace

int chatCommand(const Program &program) {
  const RunOptions &run = program.options().run;
  if (run.raw || !ChatTemplate(program.tokenizer()).canRender())
    return reportError("a chat needs a chat template that qwenc knows: give a text with -p or -f "
                       "and use --raw");
  Result<std::unique_ptr<Session>> session = startAnswering(program, chooseContext(program));
  if (!session)
    return reportError(session.error());
  const SamplerOptions sampling = chooseSampling(run);
  Sampler sampler(sampling);
  if (run.verbose)
    writeErr(describeSession(program, **session, sampling));
  if (!run.quiet)
    writeErr(std::string(program.model().name) + ". /clear starts anew, Ctrl-D ends.\n");

  Conversation conversation(program, **session, sampler);
  LineReader reader;
  std::string line;
  while (true) {
    writeErr("> ");
    switch (reader.next(line)) {
    case LineReader::Status::Line:
      break;
    case LineReader::Status::End:
      writeErr("\n");
      return ExitDone;
    case LineReader::Status::Interrupted:
      writeErr("\n");
      return ExitInterrupted;
    }
    if (line.empty())
      continue;
    if (line == "/clear")
      conversation.clear();
    else if (!conversation.turn(line))
      return ExitInterrupted;
  }
}

} // namespace qwenc::rt
