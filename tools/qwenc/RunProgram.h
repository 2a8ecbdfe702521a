//===- tools/qwenc/RunProgram.h - tries what was compiled ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_RUNPROGRAM_H
#define QWENC_TOOLS_QWENC_RUNPROGRAM_H

#include "tools/qwenc/Options.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// A file in the system's folder for such, which goes with the object.
class TemporaryFile {
public:
  static llvm::Expected<TemporaryFile> create(llvm::StringRef name);
  TemporaryFile(TemporaryFile &&other) : place(std::exchange(other.place, {})) {}
  ~TemporaryFile();
  const std::string &path() const { return place; }
  llvm::Error write(llvm::StringRef text) const;
  llvm::Expected<std::string> read() const;

private:
  explicit TemporaryFile(std::string place) : place(std::move(place)) {}
  std::string place;
};

/// Runs an executable that qwenc made, under qemu if it is for another
/// architecture, and returns what it printed. Fails if it cannot run here or ends
/// with another status than 0, with the last line it wrote.
llvm::Expected<std::string> runProgram(const Options &options, llvm::StringRef executable,
                                       llvm::ArrayRef<std::string> arguments);

} // namespace qwenc
#endif
