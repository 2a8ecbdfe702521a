//===- runtime/cli/Console.h - what the program says and how it ends -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Results go to standard output by plain write(2), so that text appears as it is
// made; messages go to standard error. Exit statuses are those of the contract.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CLI_CONSOLE_H
#define QWENC_RUNTIME_CLI_CONSOLE_H

#include <atomic>
#include <string>
#include <string_view>

namespace qwenc::rt {

enum ExitStatus : int {
  ExitDone = 0,
  ExitUserError = 1,     ///< the input is at fault; one line says what
  ExitUsage = 2,         ///< a flag is wrong
  ExitInternal = 70,     ///< our own bug
  ExitInterrupted = 130, ///< Ctrl-C, after flushing
  ExitClosedPipe = 141   ///< nobody reads our output any more
};

/// Writes all of `text` to standard output at once. When its reader is gone the
/// process ends silently with ExitClosedPipe; when it cannot be written (disk
/// full) with a message and ExitUserError.
void writeOut(std::string_view text);

/// "qwenc: error: MESSAGE" on standard error, on one line. Returns ExitUserError.
int reportError(std::string_view message);

/// "qwenc: note: MESSAGE" on standard error.
void reportNote(std::string_view message);

/// Writes `text` to standard error as it is; failures are ignored.
void writeErr(std::string_view text);

/// snprintf into a string.
[[gnu::format(printf, 1, 2)]] std::string format(const char *pattern, ...);

/// From now on Ctrl-C sets interruptFlag() (a second one ends at once) and a
/// closed pipe is reported by write(2) instead of killing the process.
void installSignalHandlers();

/// Set by Ctrl-C; the program's one piece of global state, since a signal
/// handler can reach nothing else.
const std::atomic<bool> &interruptFlag();

} // namespace qwenc::rt
#endif
