//===- runtime/cli/TokenizeCommand.cpp - text to token numbers -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/Commands.h"
#include "runtime/cli/Console.h"
#include "runtime/cli/Input.h"
#include "support/Json.h"

namespace qwenc::rt {

int tokenizeCommand(const Program &program) {
  const Options &options = program.options();
  const TextOptions &text = options.tokenize.text;
  std::vector<int32_t> tokens;
  if (text.prompt) {
    program.tokenizer().encode(*text.prompt, options.tokenize.parseSpecial, tokens);
  } else {
    Result<std::string> input = readInput(text.file.empty() ? "-" : text.file);
    if (!input)
      return reportError(input.error());
    program.tokenizer().encode(*input, options.tokenize.parseSpecial, tokens);
  }

  if (options.json) {
    JsonWriter json;
    json.beginObject();
    json.key("tokens");
    json.beginArray();
    for (int32_t token : tokens)
      json.value(token);
    json.endArray();
    json.endObject();
    writeOut(json.str() + "\n");
    return ExitDone;
  }
  std::string line;
  for (int32_t token : tokens) {
    if (!line.empty())
      line += ' ';
    line += std::to_string(token);
  }
  writeOut(line + "\n");
  return ExitDone;
}

} // namespace qwenc::rt
