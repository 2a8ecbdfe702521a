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

const std::string Loop = "{% for message in messages %}";
const std::string Message = "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
                            "'<|im_end|>' + '\\n'}}";
const std::string End = "{% endfor %}";
const std::string Open =
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

uint32_t kindOf(const std::string &jinja) { return recognizeChatTemplate(jinja).kind; }

TEST(ChatTemplateKind, PlainChatML) {
  ChatTemplateInfo info = recognizeChatTemplate(Loop + Message + End + Open);
  EXPECT_EQ(info.kind, uint32_t{QWEN_CHAT_CHATML});
  EXPECT_EQ(info.defaultSystem, "");
}

TEST(ChatTemplateKind, LayoutDoesNotMatter) {
  EXPECT_EQ(kindOf("{# ChatML #}\n{%- for message in messages %}\n"
                   "    {{- \"<|im_start|>\" ~ message.role ~ \"\\n\" ~ message.content }}\n"
                   "    {{- '<|im_end|>\\n' }}\n"
                   "{%- endfor %}\n"
                   "{%- if add_generation_prompt %}\n"
                   "    {{- '<|im_start|>assistant\\n' -}}\n"
                   "{%- endif %}\n"),
            uint32_t{QWEN_CHAT_CHATML});
}

TEST(ChatTemplateKind, ContentMayGoThroughAVariable) {
  EXPECT_EQ(kindOf(Loop +
                   "{% if message.content is string %}{% set content = message.content %}"
                   "{% else %}{% set content = '' %}{% endif %}"
                   "{{ '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}" +
                   End + Open),
            uint32_t{QWEN_CHAT_CHATML});
}

TEST(ChatTemplateKind, DefaultSystemIsTaken) {
  std::string first = "{% if loop.first and messages[0]['role'] != 'system' %}"
                      "{{ '<|im_start|>system\nYou\\'re a \"helper\"<|im_end|>\n' }}{% endif %}";
  ChatTemplateInfo info = recognizeChatTemplate(Loop + first + Message + End + Open);
  EXPECT_EQ(info.kind, uint32_t{QWEN_CHAT_CHATML});
  EXPECT_EQ(info.defaultSystem, "You're a \"helper\"");
}

TEST(ChatTemplateKind, BranchesForToolsAreSkipped) {
  std::string tools = "{% if tools %}{{ 'anything' + tools | tojson }}{% for t in tools %}text"
                      "{% endfor %}{% elif message.role == \"tool\" %}x{% else %}";
  EXPECT_EQ(kindOf(tools + Loop + Message + End + "{% endif %}" + Open),
            uint32_t{QWEN_CHAT_CHATML});
  EXPECT_EQ(kindOf("{% if not tools %}text{% endif %}" + Loop + Message + End + Open),
            uint32_t{QWEN_CHAT_UNKNOWN});
}

TEST(ChatTemplateKind, OtherPromptsAreUnknown) {
  const std::string others[] = {
      "",
      "text",
      "{{ messages }}",
      Open,
      Loop + Message + End,                               // opens no answer
      Loop + "\n\n" + Message + End + Open,               // an empty line a message
      Loop + "{{ message.content | trim }}" + End + Open, // changes the content
      Loop + Message + End + Open + "{{ '<think>\\n' }}", // always thinks
      Loop + Message + "{{ eos_token }}" + End + Open,    // prints more
      "{{ bos_token }}" + Loop + Message + End + Open,    // begins otherwise
      "{% macro m() %}{% endmacro %}" + Loop + Message + End + Open,
      Loop + Message + Open,                                           // unbalanced
      Loop + "{% set message = messages[0] %}" + Message + End + Open, // other messages
      "{% for message in messages[1:] %}" + Message + End + Open,
      Loop +
          "{% set content = message.content | trim %}{{ '<|im_start|>' + message.role + '\\n' + "
          "content + '<|im_end|>\\n' }}" +
          End + Open,
      Loop + Message + End + End + Open,
      Loop + Message + End + Open + "{{ 'never closed'",
      Loop + Message + End + Open + "{% if",
      Loop + "{{ '[INST]' + message.content + '[/INST]' }}" + End + Open,
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
