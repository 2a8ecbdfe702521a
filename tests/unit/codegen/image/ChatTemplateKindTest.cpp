//===- tests/unit/codegen/image/ChatTemplateKindTest.cpp ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The real templates are in ChatTemplateTest; here are layouts and near misses.
//===----------------------------------------------------------------------===//
#include "codegen/image/ChatTemplateKind.h"

#include "codegen/image/JinjaLexer.h"
#include "runtime/abi/TokenizerImage.h"

#include <gtest/gtest.h>

using namespace qwenc;

namespace {

uint32_t kindOf(const std::string &jinja) { return recognizeChatTemplate(jinja).kind; }

/// What templates are put together from.
class ChatTemplateKind : public testing::Test {
protected:
  const std::string loop = "{% for message in messages %}";
  const std::string message = "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
                              "'<|im_end|>' + '\\n'}}";
  const std::string end = "{% endfor %}";
  const std::string open =
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
};

TEST_F(ChatTemplateKind, PlainChatML) {
  ChatTemplateInfo info = recognizeChatTemplate(loop + message + end + open);
  EXPECT_EQ(info.kind, uint32_t{QWEN_CHAT_CHATML});
  EXPECT_EQ(info.defaultSystem, "");
}

TEST_F(ChatTemplateKind, LayoutDoesNotMatter) {
  EXPECT_EQ(kindOf("{# ChatML #}\n{%- for message in messages %}\n"
                   "    {{- \"<|im_start|>\" ~ message.role ~ \"\\n\" ~ message.content }}\n"
                   "    {{- '<|im_end|>\\n' }}\n"
                   "{%- endfor %}\n"
                   "{%- if add_generation_prompt %}\n"
                   "    {{- '<|im_start|>assistant\\n' -}}\n"
                   "{%- endif %}\n"),
            uint32_t{QWEN_CHAT_CHATML});
}

TEST_F(ChatTemplateKind, ContentMayGoThroughAVariable) {
  EXPECT_EQ(kindOf(loop +
                   "{% if message.content is string %}{% set content = message.content %}"
                   "{% else %}{% set content = '' %}{% endif %}"
                   "{{ '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}" +
                   end + open),
            uint32_t{QWEN_CHAT_CHATML});
}

TEST_F(ChatTemplateKind, DefaultSystemIsTaken) {
  std::string first = "{% if loop.first and messages[0]['role'] != 'system' %}"
                      "{{ '<|im_start|>system\nYou\\'re a \"helper\"<|im_end|>\n' }}{% endif %}";
  ChatTemplateInfo info = recognizeChatTemplate(loop + first + message + end + open);
  EXPECT_EQ(info.kind, uint32_t{QWEN_CHAT_CHATML});
  EXPECT_EQ(info.defaultSystem, "You're a \"helper\"");
}

TEST_F(ChatTemplateKind, BranchesForToolsAreSkipped) {
  std::string tools = "{% if tools %}{{ 'anything' + tools | tojson }}{% for t in tools %}text"
                      "{% endfor %}{% elif message.role == \"tool\" %}x{% else %}";
  EXPECT_EQ(kindOf(tools + loop + message + end + "{% endif %}" + open),
            uint32_t{QWEN_CHAT_CHATML});
  EXPECT_EQ(kindOf("{% if not tools %}text{% endif %}" + loop + message + end + open),
            uint32_t{QWEN_CHAT_UNKNOWN});
}

TEST_F(ChatTemplateKind, OtherPromptsAreUnknown) {
  const std::string others[] = {
      "",
      "text",
      "{{ messages }}",
      open,
      loop + message + end,                               // opens no answer
      loop + "\n\n" + message + end + open,               // an empty line a message
      loop + "{{ message.content | trim }}" + end + open, // changes the content
      loop + message + end + open + "{{ '<think>\\n' }}", // always thinks
      loop + message + "{{ eos_token }}" + end + open,    // prints more
      "{{ bos_token }}" + loop + message + end + open,    // begins otherwise
      "{% macro m() %}{% endmacro %}" + loop + message + end + open,
      loop + message + open,                                           // unbalanced
      loop + "{% set message = messages[0] %}" + message + end + open, // other messages
      "{% for message in messages[1:] %}" + message + end + open,
      loop +
          "{% set content = message.content | trim %}{{ '<|im_start|>' + message.role + '\\n' + "
          "content + '<|im_end|>\\n' }}" +
          end + open,
      loop + message + end + end + open,
      loop + message + end + open + "{{ 'never closed'",
      loop + message + end + open + "{% if",
      loop + "{{ '[INST]' + message.content + '[/INST]' }}" + end + open,
  };
  for (const std::string &jinja : others)
    EXPECT_EQ(kindOf(jinja), uint32_t{QWEN_CHAT_UNKNOWN}) << jinja;
}

TEST(JinjaLexer, StripsWhiteSpaceAsTransformersDoes) {
  auto texts = [](std::string_view jinja) {
    std::string result;
    auto items = lexJinja(jinja);
    for (const JinjaItem &item : items.value())
      result += item.kind == JinjaItem::Text ? "[" + std::string(item.body) + "]"
                                             : "<" + std::string(item.body) + ">";
    return result;
  };
  EXPECT_EQ(texts("  {% if a %}\n b {{ c }}\n{% endif %}\n"), "<if a>[ b ]<c>[\n]<endif>");
  EXPECT_EQ(texts("x {%- if a -%} \n y"), "[x]<if a>[y]");
  EXPECT_EQ(texts("x  {%+ if a +%}\ny"), "[x  ]<if a>[\ny]");
  EXPECT_EQ(texts("a\n  {# note }} #}\nb"), "[a\n][b]");
  EXPECT_EQ(texts("{{ '}}' + \"%}\" }}\n"), "<'}}' + \"%}\">");
}

} // namespace
