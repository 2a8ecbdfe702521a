//===- runtime/core/Mapping.cpp - pages owned by an object -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/Mapping.h"
#include "runtime/core/ByteSize.h"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace qwenc::rt {

Mapping::~Mapping() {
  if (start)
    munmap(start - lead, length + lead);
}

Mapping &Mapping::operator=(Mapping &&other) noexcept {
  std::swap(start, other.start);
  std::swap(length, other.length);
  std::swap(lead, other.lead);
  return *this;
}

Result<Mapping> Mapping::allocate(uint64_t bytes, const char *what) {
  if (bytes == 0)
    return Mapping();
  void *start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED)
    return Failure{std::string("cannot get ") + formatBytes(bytes) + " of memory for " + what +
                   ": " + std::strerror(errno)};
  return Mapping(start, bytes, 0);
}

Result<Mapping> Mapping::view(int file, uint64_t offset, uint64_t bytes, const char *what) {
  if (bytes == 0)
    return Mapping();
  // Kernels with pages of 16 or 64 KiB map only at multiples of those.
  const uint64_t lead = offset % static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  void *start =
      mmap(nullptr, bytes + lead, PROT_READ, MAP_PRIVATE, file, static_cast<off_t>(offset - lead));
  if (start == MAP_FAILED)
    return Failure{std::string("cannot map ") + what + " (" + formatBytes(bytes) + " at offset " +
                   std::to_string(offset) + "): " + std::strerror(errno)};
  return Mapping(start, bytes, lead);
}

} // namespace qwenc::rt
