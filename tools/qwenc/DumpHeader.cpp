//===- tools/qwenc/DumpHeader.cpp - how a dump begins ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/DumpHeader.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/StringSaver.h"

using namespace llvm;
using namespace qwenc;

static constexpr StringLiteral kFirstLine = "written by qwenc " QWENC_VERSION;

std::string DumpHeader::format(StringRef comment) const {
  std::string text;
  auto line = [&](const Twine &content) { text += (comment + " " + content + "\n").str(); };
  line(kFirstLine);
  line("command: " + command);
  line("model: " + model);
  line("sha256: " + sha256);
  if (!after.empty())
    line("after: " + after);
  return text;
}

std::vector<std::string> DumpHeader::arguments() const {
  BumpPtrAllocator memory;
  StringSaver saver(memory);
  SmallVector<const char *> words;
  cl::TokenizeGNUCommandLine(command, saver, words);
  std::vector<std::string> result(words.begin(), words.end());
  if (!result.empty())
    result.erase(result.begin());
  return result;
}

std::optional<DumpHeader> qwenc::parseDumpHeader(StringRef text) {
  if (!text.starts_with("// written by qwenc "))
    return std::nullopt;
  DumpHeader header;
  while (text.consume_front("// ")) {
    auto [line, rest] = text.split('\n');
    auto [name, value] = line.split(": ");
    std::string *field = name == "command"  ? &header.command
                         : name == "model"  ? &header.model
                         : name == "sha256" ? &header.sha256
                         : name == "after"  ? &header.after
                                            : nullptr;
    if (field)
      *field = value.rtrim().str();
    text = rest;
  }
  return header;
}
