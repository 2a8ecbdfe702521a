//===- codegen/image/ExecutableImage.cpp - code and payload in one file ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/image/ExecutableImage.h"

#include "runtime/abi/ModelAbi.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

static Error fileError(StringRef path, const char *what) {
  return createStringError(path + ": " + what + ": " + std::strerror(errno));
}

Error qwenc::appendPayload(StringRef path, uint64_t weightBytes,
                           function_ref<Error(int, uint64_t)> writeWeights,
                           ArrayRef<uint8_t> tokenizer) {
  int file = ::open(path.str().c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0)
    return fileError(path, "cannot be opened");
  scope_exit close([&] { ::close(file); });
  struct stat status;
  if (::fstat(file, &status))
    return fileError(path, "cannot be examined");

  QwenTrailer trailer = {};
  trailer.weights_offset = alignTo(status.st_size, 65536);
  trailer.weights_bytes = weightBytes;
  trailer.tokenizer_offset = alignTo(trailer.weights_offset + weightBytes, 4096);
  trailer.tokenizer_bytes = tokenizer.size();
  uint64_t trailerOffset = alignTo(trailer.tokenizer_offset + tokenizer.size(), 8);
  trailer.file_bytes = trailerOffset + sizeof(trailer);
  std::memcpy(trailer.magic, QWEN_TRAILER_MAGIC, sizeof(trailer.magic));

  // Now rather than after minutes of packing: is there room on the disk?
  if (int code = ::posix_fallocate(file, 0, trailer.file_bytes)) {
    errno = code;
    return fileError(path, "no room for the weights");
  }
  if (Error error = writeWeights(file, trailer.weights_offset))
    return error;
  auto write = [&](const void *bytes, size_t size, uint64_t offset) {
    return ::pwrite(file, bytes, size, offset) == static_cast<ssize_t>(size);
  };
  if (!write(tokenizer.data(), tokenizer.size(), trailer.tokenizer_offset) ||
      !write(&trailer, sizeof(trailer), trailerOffset) || ::fchmod(file, 0755))
    return fileError(path, "cannot be written");
  return Error::success();
}

bool qwenc::isExecutableImage(StringRef path) {
  int file = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  scope_exit close([&] { ::close(file); });
  struct stat status;
  QwenTrailer trailer;
  return !::fstat(file, &status) && status.st_size >= static_cast<off_t>(sizeof(trailer)) &&
         ::pread(file, &trailer, sizeof(trailer), status.st_size - sizeof(trailer)) ==
             static_cast<ssize_t>(sizeof(trailer)) &&
         !std::memcmp(trailer.magic, QWEN_TRAILER_MAGIC, sizeof(trailer.magic));
}
