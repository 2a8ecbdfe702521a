//===- runtime/core/Mapping.h - pages owned by an object -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime's big buffers are whole pages from the kernel: read-only views of
// the executable's payload, and zeroed memory that exists from its first touch
// on, so that a buffer's pages belong to the thread that writes them first.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CORE_MAPPING_H
#define QWENC_RUNTIME_CORE_MAPPING_H

#include "support/Result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace qwenc::rt {

class Mapping {
public:
  Mapping() = default;
  ~Mapping();
  Mapping(Mapping &&other) noexcept { *this = static_cast<Mapping &&>(other); }
  Mapping &operator=(Mapping &&other) noexcept;

  /// Zeroed private memory of at least `bytes` bytes, page-aligned, not reserved
  /// (nothing is charged before it is touched). `what` is named in the failure.
  static Result<Mapping> allocate(uint64_t bytes, const char *what);

  /// A read-only view of `bytes` bytes of `file` from `offset` on. Nothing is
  /// read before it is touched.
  static Result<Mapping> view(int file, uint64_t offset, uint64_t bytes, const char *what);

  uint8_t *data() const { return start; }
  uint64_t size() const { return length; }
  std::span<const uint8_t> bytes() const { return {start, static_cast<size_t>(length)}; }

private:
  Mapping(void *pages, uint64_t length, uint64_t lead)
      : start(static_cast<uint8_t *>(pages) + lead), length(length), lead(lead) {}

  uint8_t *start = nullptr;
  uint64_t length = 0;
  uint64_t lead = 0; // bytes of the first page before `start`
};

} // namespace qwenc::rt
#endif
