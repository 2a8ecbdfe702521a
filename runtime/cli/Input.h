//===- runtime/cli/Input.h - the text that a command works on --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CLI_INPUT_H
#define QWENC_RUNTIME_CLI_INPUT_H

#include "support/Result.h"

#include <string>
#include <string_view>

namespace qwenc::rt {

/// All bytes of a file, "-" being standard input. The failure names the file,
/// or is "interrupted" after Ctrl-C.
Result<std::string> readInput(const std::string &path);

/// Reads lines from a terminal or pipe.
class LineReader {
public:
  enum class Status { Line, End, Interrupted };

  /// The next line of standard input without its newline.
  Status next(std::string &line);

private:
  std::string pending;
};

} // namespace qwenc::rt
#endif
