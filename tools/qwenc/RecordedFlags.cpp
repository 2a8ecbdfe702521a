//===- tools/qwenc/RecordedFlags.cpp - the flags that decide an output -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/RecordedFlags.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include <map>

using namespace llvm;
using namespace qwenc;

/// Where output goes, how fast it is made, and what else is printed or checked.
/// A new flag is recorded unless it stands here.
static constexpr StringLiteral kNeutral[] = {"bandwidth-gbs",  "compile-from",
                                             "dump-ir",        "dump-ir-filter",
                                             "emit",           "explain",
                                             "force",          "max-kl",
                                             "min-top1",       "o",
                                             "quiet",          "report",
                                             "save-repro",     "threads",
                                             "timing",         "verify",
                                             "verify-against", "verify-ir-semantics"};
/// Their values are paths, which must lead to the file from any folder.
static constexpr StringLiteral kPaths[] = {"calibrate", "imatrix", "lora"};
static constexpr StringLiteral kTarget[] = {"mattr", "mcpu", "mtriple"};

StringRef qwenc::flagName(StringRef flag) { return flag.ltrim('-').split('=').first; }

std::vector<std::string> qwenc::recordFlags(ArrayRef<std::string> args, bool target) {
  auto &registered = cl::getRegisteredOptions();
  std::vector<std::string> flags;
  for (size_t i = 0; i < args.size() && args[i] != "--"; ++i) {
    StringRef arg = args[i];
    if (!arg.starts_with("-") || arg == "-")
      continue;
    StringRef name = flagName(arg);
    auto option = registered.find(name);
    bool isOurs = option != registered.end() &&
                  any_of(option->second->Categories, [](cl::OptionCategory *category) {
                    return category->getName() == "qwenc options";
                  });
    bool hasValue = arg.contains('=');
    std::string flag = ("--" + arg.ltrim('-')).str();
    if (!hasValue && option != registered.end() && i + 1 < args.size() &&
        option->second->getValueExpectedFlag() == cl::ValueRequired)
      flag += "=" + args[++i];
    if (is_contained(kPaths, name)) {
      SmallString<128> path(StringRef(flag).split('=').second);
      sys::fs::make_absolute(path);
      flag = ("--" + name + "=" + path).str();
    }
    if (isOurs && !is_contained(kNeutral, name) && (target || !is_contained(kTarget, name)))
      flags.push_back(std::move(flag));
  }
  // Of one name the order stays: it may matter.
  std::multimap<StringRef, std::string> byName;
  for (const std::string &flag : flags)
    byName.emplace(flagName(flag), flag);
  flags.clear();
  for (auto &[name, flag] : byName)
    flags.push_back(flag);
  return flags;
}

std::string qwenc::quoteForShell(StringRef argument) {
  bool plain = !argument.empty() && llvm::all_of(argument, [](char c) {
    return isAlnum(c) || StringRef("_-./=,:+@%").contains(c);
  });
  if (plain)
    return argument.str();
  std::string quoted = "'";
  for (char c : argument)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}
