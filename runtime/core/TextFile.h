//===- runtime/core/TextFile.h - small files of /proc and /sys -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CORE_TEXTFILE_H
#define QWENC_RUNTIME_CORE_TEXTFILE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qwenc::rt {

/// At most the first 64 KiB of a kernel's text file; empty when unreadable.
std::string readSmallFile(const std::string &path);

/// The number at the start of `text` after blanks; none if there is no digit or
/// it does not fit.
std::optional<uint64_t> parseNumber(std::string_view text);

/// The number behind `key` at the start of a line ("MemTotal:   123 kB").
std::optional<uint64_t> numberAfterKey(std::string_view text, std::string_view key);

/// The folder of this process's control group for `controller` ("cpu",
/// "memory"), below `root` + "/sys/fs/cgroup", as /proc/self/cgroup names it.
struct ControlGroup {
  int version = 0;   ///< 1 or 2
  std::string mount; ///< ".../sys/fs/cgroup" or ".../sys/fs/cgroup/cpu"
  std::string path;  ///< "/" or "/a/b"
};
std::optional<ControlGroup> findControlGroup(const std::string &root, std::string_view controller,
                                             int version);

/// Calls `visit(folder)` for the group's folder and each parent up to the mount.
template <typename Visit> void forEachParentGroup(const ControlGroup &group, Visit visit) {
  std::string path = group.path;
  while (true) {
    visit(group.mount + path);
    size_t slash = path.rfind('/');
    if (path.empty() || slash == std::string::npos)
      return;
    path.resize(slash);
  }
}

} // namespace qwenc::rt
#endif
