//===- support/MappedFile.cpp ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/MappedFile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qwenc;

static Failure systemFailure(const std::string &path, const char *what, int error) {
  return {path + ": " + what + ": " + std::strerror(error)};
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  // O_NONBLOCK: a FIFO must give an error, not wait for a writer.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return systemFailure(path, "cannot open", errno);
  struct stat info;
  if (::fstat(fd, &info) != 0) {
    int error = errno;
    ::close(fd);
    return systemFailure(path, "cannot examine", error);
  }
  if (!S_ISREG(info.st_mode) || info.st_size <= 0) {
    ::close(fd);
    if (S_ISDIR(info.st_mode))
      return Failure{path + ": is a folder, not a file"};
    if (!S_ISREG(info.st_mode))
      return Failure{path + ": is not a regular file and cannot be mapped"};
    return Failure{path + ": the file is empty"};
  }
  uint64_t size = static_cast<uint64_t>(info.st_size);
  void *memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  int error = errno;
  ::close(fd);
  if (memory == MAP_FAILED)
    return systemFailure(path, "cannot map", error);
  MappedFile file;
  file.address = static_cast<const uint8_t *>(memory);
  file.length = size;
  file.name = path;
  return file;
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : address(std::exchange(other.address, nullptr)), length(std::exchange(other.length, 0)),
      name(std::move(other.name)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  if (this != &other) {
    unmap();
    address = std::exchange(other.address, nullptr);
    length = std::exchange(other.length, 0);
    name = std::move(other.name);
  }
  return *this;
}

MappedFile::~MappedFile() { unmap(); }

void MappedFile::unmap() {
  if (address)
    ::munmap(const_cast<uint8_t *>(address), length);
  address = nullptr;
}

void MappedFile::advise(uint64_t offset, uint64_t size, bool drop) const {
  if (offset >= length)
    return;
  uint64_t page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  uint64_t end = offset + std::min(size, length - offset);
  // Only whole pages are dropped: a neighbour may still read the others. The
  // file's last page has no neighbour behind it.
  uint64_t begin = drop ? (offset + page - 1) / page * page : offset / page * page;
  if (drop && end != length)
    end = end / page * page;
  if (begin >= end)
    return;
  // Advice only: where the system refuses it, nothing is lost but memory.
  ::madvise(const_cast<uint8_t *>(address) + begin, end - begin,
            drop ? MADV_DONTNEED : MADV_WILLNEED);
}

void MappedFile::dropPages(uint64_t offset, uint64_t size) const { advise(offset, size, true); }

void MappedFile::prefetch(uint64_t offset, uint64_t size) const { advise(offset, size, false); }
