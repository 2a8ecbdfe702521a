//===- tools/qwenc/ReportFile.h - --report ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_REPORTFILE_H
#define QWENC_TOOLS_QWENC_REPORTFILE_H

#include "codegen/report/Report.h"
#include "tools/qwenc/OutputFile.h"
#include <optional>

namespace qwenc {

/// The file that --report names, or standard output for "-". It appears when it
/// is complete.
class ReportFile {
public:
  /// Fails where OutputFile does; without a name there is nothing to write.
  static llvm::Expected<ReportFile> create(llvm::StringRef name, bool force);

  bool wanted() const { return !name.empty(); }
  /// HTML for a name that ends in .html, else JSON.
  llvm::Error write(const Report &report);

private:
  explicit ReportFile(llvm::StringRef name) : name(name) {}
  std::string name;
  std::optional<OutputFile> file;
};

} // namespace qwenc
#endif
