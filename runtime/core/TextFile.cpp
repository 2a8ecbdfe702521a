//===- runtime/core/TextFile.cpp - small files of /proc and /sys -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/TextFile.h"

#include <fcntl.h>
#include <unistd.h>

namespace qwenc::rt {

std::string readSmallFile(const std::string &path) {
  constexpr size_t Limit = 64 * 1024;
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return {};
  std::string text;
  char buffer[4096];
  while (text.size() < Limit) {
    ssize_t got = read(file, buffer, sizeof(buffer));
    if (got <= 0)
      break;
    text.append(buffer, static_cast<size_t>(got));
  }
  close(file);
  return text;
}

std::optional<uint64_t> parseNumber(std::string_view text) {
  size_t at = text.find_first_not_of(" \t");
  if (at == std::string_view::npos || text[at] < '0' || text[at] > '9')
    return std::nullopt;
  uint64_t value = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (__builtin_mul_overflow(value, uint64_t(10), &value) ||
        __builtin_add_overflow(value, uint64_t(text[at] - '0'), &value))
      return std::nullopt;
  }
  return value;
}

std::optional<uint64_t> numberAfterKey(std::string_view text, std::string_view key) {
  for (size_t line = 0; line < text.size();) {
    if (text.substr(line).starts_with(key))
      return parseNumber(text.substr(line + key.size()));
    size_t end = text.find('\n', line);
    if (end == std::string_view::npos)
      break;
    line = end + 1;
  }
  return std::nullopt;
}

namespace {

/// Whether the comma-separated `list` holds `item`.
bool listHolds(std::string_view list, std::string_view item) {
  while (true) {
    size_t comma = list.find(',');
    if (list.substr(0, comma) == item)
      return true;
    if (comma == std::string_view::npos)
      return false;
    list.remove_prefix(comma + 1);
  }
}

} // namespace

std::optional<ControlGroup> findControlGroup(const std::string &root, std::string_view controller,
                                             int version) {
  // Lines are "number:controllers:path"; version 2 is "0::path".
  std::string text = readSmallFile(root + "/proc/self/cgroup");
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : rest.size());
    size_t first = line.find(':');
    size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos)
      continue;
    std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string path(line.substr(second + 1));
    if (path == "/")
      path.clear();
    if (version == 2 && controllers.empty())
      return ControlGroup{2, root + "/sys/fs/cgroup", path};
    if (version == 1 && listHolds(controllers, controller))
      return ControlGroup{1, root + "/sys/fs/cgroup/" + std::string(controller), path};
  }
  return std::nullopt;
}

} // namespace qwenc::rt
