//===- runtime/cli/Input.cpp - the text that a command works on ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/Input.h"
#include "runtime/cli/Console.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace qwenc::rt {

Result<std::string> readInput(const std::string &path) {
  const bool standard = path == "-";
  const std::string name = standard ? "standard input" : path;
  int file = standard ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return Failure{name + ": " + std::strerror(errno)};
  std::string text;
  int error = 0;
  char buffer[65536];
  while (true) {
    ssize_t got = read(file, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR && !interruptFlag().load())
      continue;
    if (got < 0)
      error = errno;
    if (got <= 0)
      break;
    text.append(buffer, static_cast<size_t>(got));
  }
  if (!standard)
    close(file);
  if (interruptFlag().load())
    return Failure{"interrupted"};
  if (error != 0)
    return Failure{name + ": " + std::strerror(error)};
  return text;
}

LineReader::Status LineReader::next(std::string &line) {
  char buffer[4096];
  while (true) {
    size_t newline = pending.find('\n');
    if (newline != std::string::npos) {
      line = pending.substr(0, newline);
      pending.erase(0, newline + 1);
      return Status::Line;
    }
    ssize_t got = read(STDIN_FILENO, buffer, sizeof(buffer));
    if (interruptFlag().load())
      return Status::Interrupted;
    if (got < 0 && errno == EINTR)
      continue;
    if (got > 0) {
      pending.append(buffer, static_cast<size_t>(got));
      continue;
    }
    if (pending.empty())
      return Status::End;
    line.swap(pending);
    pending.clear();
    return Status::Line;
  }
}

} // namespace qwenc::rt
