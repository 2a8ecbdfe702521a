//===- codegen/image/ChatTemplateKind.cpp - which chat template is it? ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each {{ print }} is brought into a normal form, a string in which R, C and T
// stand for the message's role, its content and its thoughts:
//
//   {{ '<|im_start|>' + message['role'] + '\n' + message.content }}
//   -> "<|im_start|>R\nC"
//
// A template belongs to the family if all its prints are among the known ones.
//===----------------------------------------------------------------------===//
#include "codegen/image/ChatTemplateKind.h"

#include "codegen/image/JinjaLexer.h"
#include "runtime/abi/TokenizerImage.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace qwenc {
namespace {

// Control characters: they occur in no template.
#define ROLE "\x01"
#define CONTENT "\x02"
#define THOUGHT "\x03"
constexpr std::string_view Placeholders = ROLE CONTENT THOUGHT;

struct Operand {
  std::string_view source; // without blanks, with single quotes
  std::string_view meaning;
};
constexpr Operand Operands[] = {
    {"message.role", ROLE},
    {"message['role']", ROLE},
    {"message.content", CONTENT},
    {"message['content']", CONTENT},
    {"messages[0].content", CONTENT},
    {"messages[0]['content']", CONTENT},
    {"content", CONTENT},
    {"content.lstrip('\\n')", CONTENT},
    {"reasoning_content.strip('\\n')", THOUGHT},
};

constexpr std::string_view GenerationPrompt = "<|im_start|>assistant\n";
constexpr std::string_view NoThought = "<think>\n\n</think>\n\n";
constexpr std::string_view Thought =
    "<|im_start|>" ROLE "\n<think>\n" THOUGHT "\n</think>\n\n" CONTENT;
constexpr std::string_view SystemOpen = "<|im_start|>system\n";
constexpr std::string_view MessageClose = "<|im_end|>\n";

/// What the variables among the operands may be set to; only Qwen3 takes answers
/// apart.
constexpr Operand Assignments[] = {
    {"content", "message.content"},
    {"content", "message['content']"},
    {"content", "''"},
    {"reasoning_content", "''"},
    {"reasoning_content", "message.reasoning_content"},
};
constexpr std::string_view AnswerParts[] = {
    "message.content.split('</think>')[-1].lstrip('\\n')",
    "content.split('</think>')[-1].lstrip('\\n')",
    "message.content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n')",
    "content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n')",
};

/// What a ChatML template prints for messages, whole or in pieces.
constexpr std::string_view Messages[] = {
    "<|im_start|>" ROLE "\n" CONTENT "<|im_end|>\n",
    "<|im_start|>" ROLE "\n" CONTENT,
    "<|im_start|>system\n" CONTENT "<|im_end|>\n",
    "<|im_start|>user\n" CONTENT "<|im_end|>\n",
    "<|im_start|>assistant\n" CONTENT "<|im_end|>\n",
    "<|im_start|>" ROLE,
    "\n" CONTENT,
    "<|im_end|>\n",
};

/// Blanks out and quotes made alike, to compare source text.
std::string squeeze(std::string_view source) {
  std::string result;
  for (char c : source)
    if (c != ' ' && c != '\n' && c != '\t')
      result += c == '"' ? '\'' : c;
  return result;
}

std::optional<std::string> normalForm(std::string_view print) {
  std::string result;
  for (std::string_view operand : splitConcatenation(print)) {
    if (auto literal = stringLiteral(operand)) {
      result += *literal;
      continue;
    }
    std::string source = squeeze(operand);
    auto found = std::find_if(std::begin(Operands), std::end(Operands),
                              [&](const Operand &known) { return known.source == source; });
    if (found == std::end(Operands))
      return std::nullopt;
    result += found->meaning;
  }
  return result;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// Whether a branch is for tools, which we never give: "tools", "message.role ==
/// 'tool'", but not what also holds without them.
bool needsTools(std::string_view condition) {
  std::string source = squeeze(condition);
  return contains(source, "tool") && !contains(condition, "not") && !contains(condition, " or ");
}

/// What a conversation without tools can reach.
struct Reachable {
  std::vector<std::string_view> prints;
  bool splitsAnswers = false;
};

/// Whether an assignment leaves the operands with the meaning they have here.
bool follow(std::string_view assignment, Reachable &reached) {
  std::string source = squeeze(assignment);
  size_t equals = source.find('=');
  if (equals == source.npos)
    return false;
  std::string_view name = std::string_view(source).substr(0, equals);
  std::string_view value = std::string_view(source).substr(equals + 1);
  if (name == "message" || name == "messages")
    return false;
  if (name != "content" && name != "reasoning_content")
    return true; // never printed
  if (std::find(std::begin(AnswerParts), std::end(AnswerParts), value) != std::end(AnswerParts))
    return reached.splitsAnswers = true;
  return std::any_of(std::begin(Assignments), std::end(Assignments), [&](const Operand &known) {
    return known.source == name && known.meaning == value;
  });
}

/// Whether a loop's variable is what the operands call `message`, or no operand.
bool followLoop(std::string_view loop) {
  std::string source = squeeze(loop);
  return !source.starts_with("messagein") || source == "messageinmessages" ||
         source == "messageinmessages[::-1]";
}

/// Nothing if there is text outside of prints or a statement that we do not
/// follow.
std::optional<Reachable> reach(std::string_view jinja) {
  auto items = lexJinja(jinja);
  if (!items)
    return std::nullopt;
  Reachable reached;
  std::vector<bool> skipped{false}; // per open block; the last one decides
  for (const JinjaItem &item : *items) {
    if (item.kind != JinjaItem::Statement) {
      if (skipped.back())
        continue;
      if (item.kind == JinjaItem::Text)
        return std::nullopt;
      if (!item.body.starts_with("raise_exception("))
        reached.prints.push_back(item.body);
      continue;
    }
    std::string_view word = item.body.substr(0, item.body.find_first_of(" \n\t("));
    std::string_view rest = item.body.substr(word.size());
    if (word == "if" || word == "for") {
      skipped.push_back(skipped.back() || needsTools(rest));
      if (word == "for" && !skipped.back() && !followLoop(rest))
        return std::nullopt;
    } else if (word == "elif" || word == "else" || word == "endif" || word == "endfor") {
      if (skipped.size() < 2)
        return std::nullopt;
      skipped.pop_back();
      if (!word.starts_with("end"))
        skipped.push_back(skipped.back() || (word == "elif" && needsTools(rest)));
    } else if (word != "set" || (!skipped.back() && !follow(rest, reached))) {
      return std::nullopt;
    }
  }
  if (skipped.size() != 1)
    return std::nullopt;
  return reached;
}

/// TEXT of "<|im_start|>system\nTEXT<|im_end|>\n" if it is a fixed text.
std::optional<std::string> fixedSystem(std::string_view print) {
  if (print.size() <= SystemOpen.size() + MessageClose.size() || !print.starts_with(SystemOpen) ||
      !print.ends_with(MessageClose))
    return std::nullopt;
  print.remove_prefix(SystemOpen.size());
  print.remove_suffix(MessageClose.size());
  if (print.find_first_of(Placeholders) != print.npos || contains(print, "<|im_"))
    return std::nullopt;
  return std::string(print);
}

} // namespace

ChatTemplateInfo recognizeChatTemplate(std::string_view jinja) {
  ChatTemplateInfo unknown{QWEN_CHAT_UNKNOWN, ""};
  std::optional<Reachable> reached = reach(jinja);
  if (!reached)
    return unknown;

  std::string defaultSystem;
  bool opensAnswer = false, printsMessages = false, skipsThought = false, printsThought = false;
  for (std::string_view print : reached->prints) {
    std::optional<std::string> form = normalForm(print);
    if (!form)
      return unknown;
    if (*form == GenerationPrompt) {
      opensAnswer = true;
    } else if (*form == NoThought) {
      skipsThought = true;
    } else if (*form == Thought) {
      printsThought = true;
    } else if (std::optional<std::string> system = fixedSystem(*form)) {
      if (!defaultSystem.empty() && defaultSystem != *system)
        return unknown;
      defaultSystem = *system;
    } else if (std::find(std::begin(Messages), std::end(Messages), *form) != std::end(Messages)) {
      printsMessages = printsMessages || contains(*form, CONTENT);
    } else {
      return unknown;
    }
  }
  if (!opensAnswer || !printsMessages)
    return unknown;
  if (!skipsThought && !printsThought && !reached->splitsAnswers)
    return {QWEN_CHAT_CHATML, defaultSystem};
  // Thinking is on unless it is turned off.
  if (skipsThought && printsThought && reached->splitsAnswers && defaultSystem.empty() &&
      contains(squeeze(jinja), "enable_thinkingisdefinedandenable_thinkingisfalse"))
    return {QWEN_CHAT_QWEN3, ""};
  return unknown;
}

} // namespace qwenc
