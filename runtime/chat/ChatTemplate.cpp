//===- runtime/chat/ChatTemplate.cpp - conversations to prompts -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ChatML frames each message as <|im_start|>role\ncontent<|im_end|>\n.
//===----------------------------------------------------------------------===//
#include "runtime/chat/ChatTemplate.h"

namespace qwenc::rt {
namespace {

constexpr std::string_view ThinkOpen = "<think>";
constexpr std::string_view ThinkClose = "</think>";

std::string_view roleName(ChatRole role) {
  switch (role) {
  case ChatRole::System:
    return "system";
  case ChatRole::User:
    return "user";
  case ChatRole::Assistant:
    return "assistant";
  }
  return "user";
}

std::string_view trimNewlines(std::string_view text, bool front, bool back) {
  while (front && text.starts_with('\n'))
    text.remove_prefix(1);
  while (back && text.ends_with('\n'))
    text.remove_suffix(1);
  return text;
}

/// Collects segments; text between two control tokens stays one segment, because
/// that is the piece which the template's users tokenize as a whole.
class SegmentWriter {
public:
  void control(std::string_view token) { segments.push_back({std::string(token), true}); }
  void text(std::string_view part) {
    if (segments.empty() || segments.back().isControl)
      segments.push_back({std::string(), false});
    segments.back().text += part;
  }
  void open(std::string_view role) {
    control("<|im_start|>");
    text(role);
    text("\n");
  }
  void close() {
    control("<|im_end|>");
    text("\n");
  }
  std::vector<ChatSegment> take() { return std::move(segments); }

private:
  std::vector<ChatSegment> segments;
};

/// An assistant's message split at its thoughts, as Qwen3's template does.
struct Answer {
  std::string_view thought, content;
};

Answer splitAnswer(std::string_view text) {
  size_t first = text.find(ThinkClose), last = text.rfind(ThinkClose);
  if (first == text.npos)
    return {{}, text};
  std::string_view thought = trimNewlines(text.substr(0, first), false, true);
  if (size_t open = thought.rfind(ThinkOpen); open != thought.npos)
    thought.remove_prefix(open + ThinkOpen.size());
  return {trimNewlines(thought, true, false),
          trimNewlines(text.substr(last + ThinkClose.size()), true, false)};
}

/// Qwen3 keeps the thoughts of answers after this message only. What looks like
/// a tool's response is not a question.
size_t lastQuery(std::span<const ChatMessage> messages) {
  for (size_t i = messages.size(); i-- > 0;)
    if (messages[i].role == ChatRole::User &&
        !(messages[i].content.starts_with("<tool_response>") &&
          messages[i].content.ends_with("</tool_response>")))
      return i;
  return messages.empty() ? 0 : messages.size() - 1;
}

void writeQwen3Answer(std::string_view text, bool afterQuery, bool isLast, SegmentWriter &out) {
  Answer answer = splitAnswer(text);
  if (!afterQuery || (!isLast && answer.thought.empty())) {
    out.text(answer.content);
    return;
  }
  out.control(ThinkOpen);
  out.text("\n");
  out.text(trimNewlines(answer.thought, true, true));
  out.text("\n");
  out.control(ThinkClose);
  out.text("\n\n");
  out.text(trimNewlines(answer.content, true, false));
}

} // namespace

ChatTemplate::ChatTemplate(const Tokenizer &tokenizer)
    : templateKind(static_cast<ChatKind>(tokenizer.view().header().chat)),
      systemPrompt(tokenizer.view().text(tokenizer.view().header().default_system)) {}

ChatTemplate::ChatTemplate(ChatKind kind, std::string_view defaultSystem)
    : templateKind(kind), systemPrompt(defaultSystem) {}

std::vector<ChatSegment> ChatTemplate::render(std::span<const ChatMessage> messages,
                                              bool thinking) const {
  SegmentWriter out;
  if (!systemPrompt.empty() && (messages.empty() || messages[0].role != ChatRole::System)) {
    out.open(roleName(ChatRole::System));
    out.text(systemPrompt);
    out.close();
  }
  const size_t query = lastQuery(messages);
  for (size_t i = 0; i < messages.size(); ++i) {
    const ChatMessage &message = messages[i];
    out.open(roleName(message.role));
    if (templateKind == ChatKind::Qwen3 && message.role == ChatRole::Assistant)
      writeQwen3Answer(message.content, i > query, i + 1 == messages.size(), out);
    else
      out.text(message.content);
    out.close();
  }
  out.open(roleName(ChatRole::Assistant));
  if (canThink() && !thinking) {
    out.control(ThinkOpen);
    out.text("\n\n");
    out.control(ThinkClose);
    out.text("\n\n");
  }
  return out.take();
}

void ChatTemplate::encode(const Tokenizer &tokenizer, std::span<const ChatMessage> messages,
                          bool thinking, std::vector<int32_t> &tokens) const {
  // A control token that the vocabulary lacks is a part of the text around it.
  std::string text;
  for (const ChatSegment &segment : render(messages, thinking)) {
    int32_t token = segment.isControl ? tokenizer.findSpecial(segment.text) : -1;
    if (token < 0) {
      text += segment.text;
      continue;
    }
    tokenizer.encode(text, /*parseSpecial=*/false, tokens);
    tokens.push_back(token);
    text.clear();
  }
  tokenizer.encode(text, /*parseSpecial=*/false, tokens);
}

} // namespace qwenc::rt
