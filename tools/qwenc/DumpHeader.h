//===- tools/qwenc/DumpHeader.h - how a dump begins ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   // written by qwenc 0.1.0
//   // command: qwenc /models/m.gguf --mcpu=cortex-a76 --emit=mlir:fused -o -
//   // model: /models/m.gguf
//   // sha256: 9f86d081884c7d65...
//   // after: 09-qwen-verify-fused
//
// The command prints the same text again. The other lines are for
// --compile-from: the file with the weights, and the last pass that ran, by its
// number in the pipelines and its flag.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_DUMPHEADER_H
#define QWENC_TOOLS_QWENC_DUMPHEADER_H

#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace qwenc {

struct DumpHeader {
  std::string command, model, sha256, after;

  /// The lines, each behind `comment` ("//", ";" or "#").
  std::string format(llvm::StringRef comment) const;
  /// The arguments of the command, without its name and shell quotes.
  std::vector<std::string> arguments() const;
};

/// The header of a text of IR; none if the text does not begin with one.
std::optional<DumpHeader> parseDumpHeader(llvm::StringRef text);

} // namespace qwenc
#endif
