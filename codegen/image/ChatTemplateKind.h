//===- codegen/image/ChatTemplateKind.h - which chat template is it? ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models carry their chat template as a Jinja program. The runtime has no Jinja;
// it renders the family of ChatML templates itself. Here a template is read and
// matched against that family: what counts are the texts it can print for plain
// conversations (branches for tools are skipped), not how it is laid out.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_CHATTEMPLATEKIND_H
#define QWENC_CODEGEN_IMAGE_CHATTEMPLATEKIND_H

#include <cstdint>
#include <string>
#include <string_view>

namespace qwenc {

struct ChatTemplateInfo {
  uint32_t kind;             ///< QWEN_CHAT_CHATML, _QWEN3 or _UNKNOWN
  std::string defaultSystem; ///< empty: none
};

/// Reads a Jinja chat template. Anything that might print other than ChatML is
/// unknown: better a clear message than a wrong prompt.
ChatTemplateInfo recognizeChatTemplate(std::string_view jinja);

} // namespace qwenc
#endif
