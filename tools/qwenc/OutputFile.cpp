//===- tools/qwenc/OutputFile.cpp - all of an output or none ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/OutputFile.h"

#include "codegen/image/ExecutableImage.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

/// Text that qwenc writes says so in its first line.
static bool isOurText(StringRef path) {
  auto file = MemoryBuffer::getFileSlice(path, 256, 0);
  return file && (*file)->getBuffer().split('\n').first.contains("written by qwenc");
}

Expected<OutputFile> OutputFile::create(StringRef path, bool force) {
  if (sys::fs::is_directory(path))
    return createStringError(path + ": is a folder; name a file with -o");
  if (sys::fs::exists(path) && !force && !isExecutableImage(path) && !isOurText(path))
    return createStringError(path + ": exists and was not made by qwenc; choose another name with "
                                    "-o, or replace it with --force");
  SmallString<128> temporary;
  if (std::error_code code = sys::fs::createUniqueFile(path + ".%%%%%%.tmp", temporary))
    return createStringError(path + ": cannot be written: " + code.message());
  sys::RemoveFileOnSignal(temporary);
  return OutputFile(path.str(), temporary.str().str());
}

OutputFile::OutputFile(std::string path, std::string temporary)
    : path(std::move(path)), temporaryPath(std::move(temporary)) {}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : path(std::move(other.path)), temporaryPath(std::exchange(other.temporaryPath, {})) {}

OutputFile::~OutputFile() {
  if (temporaryPath.empty())
    return;
  [[maybe_unused]] std::error_code untold = sys::fs::remove(temporaryPath);
  sys::DontRemoveFileOnSignal(temporaryPath);
}

Error OutputFile::write(StringRef bytes) {
  std::error_code code;
  raw_fd_ostream stream(temporaryPath, code);
  if (!code) {
    stream << bytes;
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  return code ? createStringError(path + ": cannot be written: " + code.message())
              : Error::success();
}

Error OutputFile::keep() {
  if (std::error_code code = sys::fs::rename(temporaryPath, path))
    return createStringError(path + ": cannot be written: " + code.message());
  sys::DontRemoveFileOnSignal(temporaryPath);
  temporaryPath.clear();
  return Error::success();
}
