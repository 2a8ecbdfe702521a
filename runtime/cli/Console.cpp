//===- runtime/cli/Console.cpp - what the program says and how it ends -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/Console.h"

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace qwenc::rt {
namespace {

constinit std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

void onInterrupt(int) {
  if (interrupted.exchange(true))
    _exit(ExitInterrupted);
}

/// Writes all of `text`; returns 0 or errno. Ctrl-C meanwhile is no error: what
/// was computed is flushed.
int writeAll(int file, std::string_view text) {
  while (!text.empty()) {
    ssize_t wrote = write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return errno;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return 0;
}

/// A message is one line: control characters of file names and the like would
/// break it, or do worse to a terminal.
std::string oneLine(std::string_view prefix, std::string_view message) {
  std::string line(prefix);
  for (char byte : message)
    line += static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F ? ' ' : byte;
  line += '\n';
  return line;
}

} // namespace

void writeOut(std::string_view text) {
  int error = writeAll(STDOUT_FILENO, text);
  if (error == 0)
    return;
  if (error == EPIPE)
    _exit(ExitClosedPipe);
  reportError(std::string("cannot write to standard output: ") + std::strerror(error));
  _exit(ExitUserError);
}

void writeErr(std::string_view text) { writeAll(STDERR_FILENO, text); }

int reportError(std::string_view message) {
  writeErr(oneLine("qwenc: error: ", message));
  return ExitUserError;
}

void reportNote(std::string_view message) { writeErr(oneLine("qwenc: note: ", message)); }

std::string format(const char *pattern, ...) {
  va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  int length = vsnprintf(nullptr, 0, pattern, arguments);
  va_end(arguments);
  std::string text(length > 0 ? static_cast<size_t>(length) : 0, '\0');
  vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(again);
  return text;
}

void installSignalHandlers() {
  struct sigaction action{};
  action.sa_handler = onInterrupt; // no SA_RESTART: a waiting read() returns
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

const std::atomic<bool> &interruptFlag() { return interrupted; }

} // namespace qwenc::rt
