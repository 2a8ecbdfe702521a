//===- codegen/image/JinjaLexer.h - the pieces of a Jinja template --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cuts a template into text, {{ prints }} and {% statements %}, with the white
// space rules that transformers uses (trim_blocks and lstrip_blocks on; "-" and
// "+" at a tag's edge as Jinja's manual says). Comments are dropped.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_JINJALEXER_H
#define QWENC_CODEGEN_IMAGE_JINJALEXER_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qwenc {

struct JinjaItem {
  enum Kind { Text, Print, Statement } kind;
  std::string_view body; ///< without the tag's marks and outer blanks; never empty Text
};

/// Nothing if a tag is not closed.
std::optional<std::vector<JinjaItem>> lexJinja(std::string_view text);

/// The operands of a concatenation "a + b ~ c", split outside of quotes and
/// brackets, each without outer blanks.
std::vector<std::string_view> splitConcatenation(std::string_view expression);

/// The value of a string literal in single or double quotes, if it is one.
std::optional<std::string> stringLiteral(std::string_view operand);

} // namespace qwenc
#endif
