//===- tools/qwenc/AnnotateAssembly.cpp - what a function is for -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/AnnotateAssembly.h"

#include "ir/kernels/KernelName.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;

/// Calls `visit` with each line and, where it is a global label, with its name.
static void forEachLine(StringRef text, function_ref<void(StringRef line, StringRef label)> visit) {
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    StringRef label = line.split(':').first;
    bool isLabel = label.size() < line.size() && !label.empty() && !label.starts_with(".") &&
                   !label.contains_insensitive(" ") && !label.contains('\t');
    visit(line, isLabel ? label : StringRef());
    text = rest;
  }
}

std::string qwenc::annotateAssembly(const KernelSet &set) {
  // LLVM's assembler takes this for every target, GNU's for AArch64; on x86 it is #.
  StringRef comment = Triple(set.target.getTriple()).isX86() ? "# " : "// ";
  StringMap<std::vector<std::string>> comments;
  for (const KernelSet::Call &call : set.calls) {
    std::vector<std::string> &lines = comments[call.symbol];
    if (lines.empty()) {
      if (auto spec = parseKernelName(call.symbol))
        lines.push_back(explainKernel(*spec));
      else
        consumeError(spec.takeError());
    }
    std::string line = call.phase + ": " + call.operation;
    if (!is_contained(lines, line))
      lines.push_back(line);
  }
  comments[set.prefillSymbol].push_back("a step of any number of tokens");
  comments[set.decodeSymbol].push_back("a step of one token");
  std::string text;
  for (const std::string &file : set.files)
    forEachLine(file, [&](StringRef line, StringRef label) {
      if (auto found = comments.find(label); !label.empty() && found != comments.end())
        for (const std::string &about : found->second)
          text += (comment + about + "\n").str();
      text += (line + "\n").str();
    });
  return text;
}

unsigned qwenc::countInstructions(const KernelSet &set, StringRef symbol) {
  unsigned count = 0;
  for (const std::string &file : set.files) {
    bool inside = false;
    forEachLine(file, [&](StringRef line, StringRef label) {
      if (!label.empty())
        inside = label == symbol;
      StringRef word = line.ltrim();
      if (word.starts_with(".Lfunc_end"))
        inside = false;
      // Directives and local labels begin with a point, comments with # or /.
      count += inside && word.size() < line.size() && !word.empty() &&
               !StringRef(".#/").contains(word[0]);
    });
  }
  return count;
}
