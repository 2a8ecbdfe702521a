//===- tools/qwenc/InspectFlags.cpp - flags that look inside ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/InspectFlags.h"

#include "tools/qwenc/Compile.h"
#include "tools/qwenc/OwnFlags.h"
#include "tools/qwenc/ReadDump.h"
#include "tools/qwenc/RecordedFlags.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace qwenc;

ArrayRef<StringRef> qwenc::inspectFlagNames() {
  static const StringRef names[] = {"compile-from",   "diff-report", "dump-ir",
                                    "dump-ir-filter", "save-repro",  "timing"};
  return names;
}

InspectFlags::InspectFlags(cl::OptionCategory &category)
    : compileFrom("compile-from", cl::CommaSeparated, cl::value_desc("DUMP.mlir[,...]"),
                  cl::cat(category),
                  cl::desc("Go on from a dump (one for each CPU), as it is or edited; MODEL.gguf "
                           "may be left out")),
      diffReport("diff-report", cl::value_desc("A.json"), cl::cat(category),
                 cl::desc("qwenc --diff-report A.json B.json: two reports side by side")),
      dump("dump-ir", cl::value_desc("DIR"), cl::cat(category),
           cl::desc("Write the IR after each pass to numbered files in DIR")),
      dumpFilter("dump-ir-filter", cl::CommaSeparated, cl::value_desc("PASS[,...]"),
                 cl::cat(category), cl::desc("Only after these passes ('import': as imported)")),
      saveRepro("save-repro", cl::value_desc("FILE.mlir"), cl::cat(category),
                cl::desc("If the compilation fails or crashes, leave the IR before that in FILE, "
                         "for --compile-from")),
      timing("timing", cl::cat(category), cl::desc("Tell how long passes and stages took")),
      explain("explain", cl::value_desc("TENSOR"), cl::cat(category),
              cl::desc("Print a tensor's way from the file through the levels to its kernels")),
      verifySemantics("verify-ir-semantics", cl::cat(category),
                      cl::desc("Interpret the IR before and after each pass, and fail at one that "
                               "changes the result")),
      verify("verify", cl::value_desc("TEXT"), cl::cat(category),
             cl::desc("Run the executable on a text file and compare it with fp32 arithmetic")),
      verifyAgainst("verify-against", cl::value_desc("OTHER.gguf"), cl::cat(category),
                    cl::desc("Compare with this file's weights, not with the model's own")),
      maxKl("max-kl", cl::value_desc("X"), cl::cat(category),
            cl::desc("Write nothing if --verify finds a larger mean KL divergence")),
      minTop1("min-top1", cl::value_desc("Y"), cl::cat(category),
              cl::desc("... or if both agree on the first token less often (0 to 1)")) {
  // Crash reproducers, printing around passes: MLIR's own, in --help-hidden.
  mlir::registerPassManagerCLOptions();
}

InspectFlags::~InspectFlags() {
  releaseFlags(compileFrom, diffReport, dump, dumpFilter, saveRepro, timing, explain,
               verifySemantics, verify, verifyAgainst, maxKl, minTop1);
}

Error InspectFlags::store(Options &options) const {
  options.compileFrom.assign(compileFrom.begin(), compileFrom.end());
  options.diffReport = diffReport;
  options.dumpDirectory = dump;
  options.dumpFilter.assign(dumpFilter.begin(), dumpFilter.end());
  options.saveRepro = saveRepro;
  options.timing = timing;
  options.explain = explain;
  options.verifySemantics = verifySemantics;
  options.verifyText = verify;
  options.verifyAgainst = verifyAgainst;
  if (maxKl.getNumOccurrences())
    options.maxKl = maxKl;
  if (minTop1.getNumOccurrences())
    options.minTop1 = minTop1;
  bool isLimited = options.maxKl || options.minTop1 || !options.verifyAgainst.empty();
  if (options.verifyText.empty() && isLimited)
    return make_error<UsageError>(
        "--max-kl, --min-top1 and --verify-against go with --verify=TEXT");
  if (options.maxKl && !(*options.maxKl >= 0))
    return make_error<UsageError>("--max-kl: must be 0 or more");
  if (options.minTop1 && !(*options.minTop1 >= 0 && *options.minTop1 <= 1))
    return make_error<UsageError>("--min-top1: must be from 0 to 1");
  return Error::success();
}

static std::vector<std::string> findDumps(ArrayRef<std::string> args) {
  std::vector<std::string> files;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!StringRef(args[i]).starts_with("-") || flagName(args[i]) != "compile-from")
      continue;
    StringRef value = StringRef(args[i]).split('=').second;
    if (!StringRef(args[i]).contains('=') && i + 1 < args.size())
      value = args[++i];
    SmallVector<StringRef> parts;
    value.split(parts, ',', -1, /*KeepEmpty=*/false);
    for (StringRef part : parts)
      files.push_back(part.str());
  }
  return files;
}

/// The flags of one name, in order.
static std::vector<std::string> valuesOf(ArrayRef<std::string> flags, StringRef name) {
  std::vector<std::string> values;
  llvm::copy_if(flags, std::back_inserter(values),
                [&](const std::string &flag) { return flagName(flag) == name; });
  return values;
}

Expected<DumpArguments> qwenc::readDumpArguments(ArrayRef<std::string> args) {
  DumpArguments result;
  std::vector<std::string> dumps = findDumps(args);
  if (dumps.empty())
    return result;
  for (const std::string &flag : recordFlags(args, /*target=*/true))
    if (!is_contained(recordFlags({flag}, /*target=*/false), flag))
      return make_error<UsageError>(flag + ": the target stands in " + dumps.front() +
                                    "; edit #qwen.target there");
  std::vector<std::string> given = recordFlags(args, /*target=*/false);
  bool first = true;
  for (const std::string &dump : dumps) {
    auto header = readDumpHeader(dump);
    if (!header)
      return header.takeError();
    if (!*header)
      continue;
    std::vector<std::string> flags = recordFlags((*header)->arguments(), /*target=*/false);
    if (first) {
      result = {flags, (*header)->model, (*header)->sha256};
    } else if (flags != result.flags || (*header)->sha256 != result.sha256) {
      return make_error<UsageError>("--compile-from: " + dumps.front() + " and " + dump +
                                    " were made from other files or with other flags");
    }
    first = false;
  }
  for (const std::string &flag : given) {
    StringRef name = flagName(flag);
    std::vector<std::string> recorded = valuesOf(result.flags, name);
    if (!recorded.empty() && recorded != valuesOf(given, name))
      return make_error<UsageError>(flag + ": " + dumps.front() + " was made with " +
                                    join(recorded, " "));
  }
  llvm::erase_if(result.flags,
                 [&](const std::string &flag) { return !valuesOf(given, flagName(flag)).empty(); });
  return result;
}
