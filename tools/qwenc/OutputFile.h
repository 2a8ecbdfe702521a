//===- tools/qwenc/OutputFile.h - all of an output or none -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_OUTPUTFILE_H
#define QWENC_TOOLS_QWENC_OUTPUTFILE_H

#include "llvm/Support/Error.h"
#include <string>

namespace qwenc {

/// A file that is written under a temporary name beside its place and appears
/// there complete, or not at all: a failure, a signal or the end of the object
/// before keep() removes it.
class OutputFile {
public:
  /// Fails if `path` exists and is not an earlier output of qwenc, unless
  /// `force`, or if its folder cannot be written.
  static llvm::Expected<OutputFile> create(llvm::StringRef path, bool force);
  OutputFile(OutputFile &&other) noexcept;
  ~OutputFile();

  const std::string &temporary() const { return temporaryPath; }
  /// Writes the whole content.
  llvm::Error write(llvm::StringRef bytes);
  /// Moves the file to its place.
  llvm::Error keep();

private:
  OutputFile(std::string path, std::string temporary);
  std::string path, temporaryPath;
};

} // namespace qwenc
#endif
