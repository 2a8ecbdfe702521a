//===- tools/qwenc/RunProgram.cpp - tries what was compiled ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/RunProgram.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;

Expected<TemporaryFile> TemporaryFile::create(StringRef name) {
  SmallString<128> path;
  if (std::error_code code = sys::fs::createTemporaryFile("qwenc-" + name, "tmp", path))
    return createStringError("no temporary file: " + code.message());
  sys::RemoveFileOnSignal(path);
  return TemporaryFile(path.str().str());
}

TemporaryFile::~TemporaryFile() {
  if (place.empty())
    return;
  sys::fs::remove(place);
  sys::DontRemoveFileOnSignal(place);
}

Error TemporaryFile::write(StringRef text) const {
  std::error_code code;
  raw_fd_ostream stream(place, code);
  if (!code) {
    stream << text;
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  return code ? createStringError(place + ": " + code.message()) : Error::success();
}

Expected<std::string> TemporaryFile::read() const {
  auto buffer = MemoryBuffer::getFile(place);
  if (!buffer)
    return createStringError(place + ": " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

/// The program that runs executables of the architecture in the ELF header here;
/// empty where the machine itself does.
static Expected<std::string> emulatorFor(StringRef executable) {
  auto header = MemoryBuffer::getFileSlice(executable, 20, 0);
  if (!header)
    return createStringError(executable + ": " + header.getError().message());
  uint16_t machine = support::endian::read16le((*header)->getBufferStart() + 18);
  Triple host(sys::getDefaultTargetTriple());
  if ((machine == ELF::EM_AARCH64 && host.isAArch64()) ||
      (machine == ELF::EM_X86_64 && host.isX86_64()))
    return std::string();
  StringRef name = machine == ELF::EM_AARCH64 ? "qemu-aarch64" : "qemu-x86_64";
  auto found = sys::findProgramByName(name);
  if (!found)
    return createStringError("--verify: the executable is for another architecture, and " + name +
                             " is not installed to run it here");
  return *found;
}

Expected<std::string> qwenc::runProgram(const Options &options, StringRef executable,
                                        ArrayRef<std::string> arguments) {
  auto emulator = emulatorFor(executable);
  auto output = TemporaryFile::create("out"), messages = TemporaryFile::create("err");
  if (!emulator || !output || !messages)
    return joinErrors(emulator.takeError(), joinErrors(output.takeError(), messages.takeError()));
  std::string program = emulator->empty() ? executable.str() : *emulator;
  std::vector<StringRef> words = {program};
  if (!emulator->empty())
    words.insert(words.end(), {"-cpu", "max", executable});
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::string threads = std::to_string(options.threads);
  if (arguments.front() != "tokenize")
    words.insert(words.end(), {"--threads", threads});
  std::string problem;
  std::optional<StringRef> streams[] = {StringRef(""), StringRef(output->path()),
                                        StringRef(messages->path())};
  int status = sys::ExecuteAndWait(program, words, std::nullopt, streams, 0, 0, &problem);
  if (status == 0)
    return output->read();
  auto text = messages->read();
  if (!text)
    return text.takeError();
  StringRef last = StringRef(*text).rtrim().rsplit('\n').second;
  if (last.empty())
    last = StringRef(*text).rtrim();
  return createStringError("--verify: the executable does not run here: " +
                           (last.empty() ? problem : last.str()));
}
