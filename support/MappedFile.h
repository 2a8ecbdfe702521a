//===- support/MappedFile.h - a file as read-only memory ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_MAPPEDFILE_H
#define QWENC_SUPPORT_MAPPEDFILE_H

#include "support/Result.h"

#include <cstdint>
#include <span>
#include <string>

namespace qwenc {

/// A regular, non-empty file mapped read-only from its first to its last byte.
/// Moving keeps the address, so views into the mapping stay valid as long as
/// some MappedFile owns it. Const members may be called from any thread.
class MappedFile {
public:
  /// Maps `path`. The error reads `PATH: what is wrong`.
  static Result<MappedFile> open(const std::string &path);

  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  const uint8_t *data() const { return address; }
  uint64_t size() const { return length; }
  std::span<const uint8_t> bytes() const { return {address, length}; }
  /// As it was given to open().
  const std::string &path() const { return name; }

  /// Gives the pages that lie wholly inside [offset, offset + size) back to the
  /// system: they no longer count as resident and are read again when touched.
  /// A range beyond the file's end is cut there.
  void dropPages(uint64_t offset, uint64_t size) const;

  /// Asks the system to read [offset, offset + size) ahead of its use.
  void prefetch(uint64_t offset, uint64_t size) const;

private:
  void advise(uint64_t offset, uint64_t size, bool drop) const;
  void unmap();

  const uint8_t *address = nullptr;
  uint64_t length = 0;
  std::string name;
};

} // namespace qwenc
#endif
