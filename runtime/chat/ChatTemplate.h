//===- runtime/chat/ChatTemplate.h - conversations to prompts -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Renders a conversation as the model's own chat template would, up to and
// including the opening of the assistant's next answer. qwenc recognises the
// template when it compiles; the executable carries only its kind and its
// default system prompt.
//
// A prompt is a list of segments, because control tokens count only where the
// template puts them: a "<|im_end|>" typed by the user is text, not the end of
// the message.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CHAT_CHATTEMPLATE_H
#define QWENC_RUNTIME_CHAT_CHATTEMPLATE_H

#include "runtime/tokenizer/Tokenizer.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qwenc::rt {

enum class ChatKind : uint32_t {
  None = QWEN_CHAT_NONE,       ///< the file had no template: prompts run as raw text
  Unknown = QWEN_CHAT_UNKNOWN, ///< it had another one: only raw prompts work
  ChatML = QWEN_CHAT_CHATML,
  Qwen3 = QWEN_CHAT_QWEN3
};

enum class ChatRole { System, User, Assistant };

struct ChatMessage {
  ChatRole role;
  std::string content;
};

/// A run of the prompt: the text of one control token, or plain text in which
/// nothing is a control token.
struct ChatSegment {
  std::string text;
  bool isControl;
  bool operator==(const ChatSegment &) const = default;
};

class ChatTemplate {
public:
  /// The template of a model; views the tokenizer's image.
  explicit ChatTemplate(const Tokenizer &tokenizer);
  ChatTemplate(ChatKind kind, std::string_view defaultSystem);

  ChatKind kind() const { return templateKind; }
  /// Whether render() works; else the caller falls back to raw prompts (None)
  /// or says that the template is unknown.
  bool canRender() const {
    return templateKind == ChatKind::ChatML || templateKind == ChatKind::Qwen3;
  }
  /// Whether `thinking` makes a difference.
  bool canThink() const { return templateKind == ChatKind::Qwen3; }
  /// What stands in for a missing system message; empty for none.
  std::string_view defaultSystem() const { return systemPrompt; }

  /// The prompt for the assistant's next answer, equal to transformers'
  /// apply_chat_template(messages, add_generation_prompt=True,
  /// enable_thinking=thinking). A system message, if any, comes first.
  std::vector<ChatSegment> render(std::span<const ChatMessage> messages,
                                  bool thinking = true) const;

  /// The same as token numbers, without BOS, appended to `tokens`.
  void encode(const Tokenizer &tokenizer, std::span<const ChatMessage> messages, bool thinking,
              std::vector<int32_t> &tokens) const;

private:
  ChatKind templateKind;
  std::string_view systemPrompt;
};

} // namespace qwenc::rt
#endif
