//===- tools/qwenc/ReportFile.cpp - --report -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/ReportFile.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

Expected<ReportFile> ReportFile::create(StringRef name, bool force) {
  ReportFile result(name);
  if (!name.empty() && name != "-") {
    auto file = OutputFile::create(name, force);
    if (!file)
      return file.takeError();
    result.file.emplace(std::move(*file));
  }
  return result;
}

Error ReportFile::write(const Report &report) {
  std::string text = StringRef(name).ends_with(".html") ? writeHtml(report) : writeJson(report);
  if (!file) {
    outs() << text;
    return Error::success();
  }
  if (Error error = file->write(text))
    return error;
  return file->keep();
}
