//===- codegen/image/JinjaLexer.cpp - the pieces of a Jinja template ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/image/JinjaLexer.h"

#include <algorithm>

namespace qwenc {
namespace {

constexpr std::string_view Blanks = " \t\r\n";

std::string_view trimFront(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(Blanks), text.size()));
}

std::string_view trimBack(std::string_view text) {
  return text.substr(0, text.find_last_not_of(Blanks) + 1);
}

std::string_view trim(std::string_view text) { return trimBack(trimFront(text)); }

/// Past the string literal whose opening quote stands at `place`.
size_t skipString(std::string_view text, size_t place) {
  const char quote = text[place++];
  while (place < text.size() && text[place] != quote)
    place += text[place] == '\\' ? 2 : 1;
  return std::min(place + 1, text.size());
}

/// Where the two-letter mark that closes a tag stands, outside of strings.
size_t findClose(std::string_view text, size_t place, std::string_view close) {
  while (place < text.size() && text.substr(place, 2) != close)
    place = close != "#}" && (text[place] == '\'' || text[place] == '"') ? skipString(text, place)
                                                                         : place + 1;
  return place < text.size() ? place : text.npos;
}

/// Next "{{", "{%" or "{#".
size_t findOpen(std::string_view text, size_t place) {
  while ((place = text.find('{', place)) != text.npos) {
    char next = place + 1 < text.size() ? text[place + 1] : '\0';
    if (next == '{' || next == '%' || next == '#')
      break;
    ++place;
  }
  return place;
}

/// lstrip_blocks: blanks between the start of a line and a block tag vanish.
std::string_view stripIndent(std::string_view text, bool atLineStart) {
  size_t last = text.find_last_not_of(" \t");
  if (last == text.npos)
    return atLineStart ? text.substr(0, 0) : text;
  return text[last] == '\n' ? text.substr(0, last + 1) : text;
}

} // namespace

std::optional<std::vector<JinjaItem>> lexJinja(std::string_view text) {
  std::vector<JinjaItem> items;
  size_t place = 0;
  bool stripFront = false;  // the tag before ended with "-"
  bool trimNewline = false; // the tag before was a block
  while (true) {
    size_t open = findOpen(text, place);
    std::string_view between = text.substr(place, open == text.npos ? open : open - place);
    bool atLineStart = place == 0;
    if (stripFront)
      between = trimFront(between);
    else if (trimNewline && between.starts_with('\n')) {
      between.remove_prefix(1);
      atLineStart = true;
    }
    if (open == text.npos) {
      // Jinja drops one newline at the very end of a template.
      if (between.ends_with('\n'))
        between.remove_suffix(1);
      if (!between.empty())
        items.push_back({JinjaItem::Text, between});
      return items;
    }

    const char mark = text[open + 1];
    std::string_view close = mark == '{' ? "}}" : mark == '%' ? "%}" : "#}";
    size_t end = findClose(text, open + 2, close);
    if (end == text.npos)
      return std::nullopt;
    std::string_view body = text.substr(open + 2, end - open - 2);
    bool keepFront = false, keepBack = false;
    bool stripBack = body.starts_with('-');
    if (stripBack || (keepFront = body.starts_with('+')))
      body.remove_prefix(1);
    stripFront = body.ends_with('-');
    if (stripFront || (mark != '{' && (keepBack = body.ends_with('+'))))
      body.remove_suffix(1);
    trimNewline = mark != '{' && !keepBack;

    if (stripBack)
      between = trimBack(between);
    else if (mark != '{' && !keepFront)
      between = stripIndent(between, atLineStart);
    if (!between.empty())
      items.push_back({JinjaItem::Text, between});
    if (mark != '#')
      items.push_back({mark == '{' ? JinjaItem::Print : JinjaItem::Statement, trim(body)});
    place = end + 2;
  }
}

std::vector<std::string_view> splitConcatenation(std::string_view expression) {
  std::vector<std::string_view> operands;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i < expression.size();) {
    char c = expression[i];
    if (c == '\'' || c == '"') {
      i = skipString(expression, i);
      continue;
    }
    depth += (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
    if (depth == 0 && (c == '+' || c == '~')) {
      operands.push_back(trim(expression.substr(begin, i - begin)));
      begin = i + 1;
    }
    ++i;
  }
  operands.push_back(trim(expression.substr(begin)));
  return operands;
}

std::optional<std::string> stringLiteral(std::string_view operand) {
  if (operand.size() < 2 || (operand[0] != '\'' && operand[0] != '"') ||
      skipString(operand, 0) != operand.size() || operand.back() != operand[0])
    return std::nullopt;
  std::string value;
  for (size_t i = 1; i + 1 < operand.size(); ++i) {
    char c = operand[i];
    if (c == '\\' && i + 2 < operand.size()) {
      c = operand[++i];
      c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
    value += c;
  }
  return value;
}

} // namespace qwenc
