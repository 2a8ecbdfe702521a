//===- codegen/link/LldLinker.cpp - objects to a static executable ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/link/LldLinker.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

LLD_HAS_DRIVER(elf)

using namespace llvm;

static Error writeFile(StringRef path, StringRef bytes) {
  std::error_code code;
  raw_fd_ostream stream(path, code);
  if (!code) {
    stream << bytes;
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  return code ? createStringError(path + ": " + code.message()) : Error::success();
}

namespace {

/// Objects as files in a folder that goes away with this.
class ObjectFolder {
public:
  ~ObjectFolder() {
    if (!folder.empty())
      sys::fs::remove_directories(folder);
  }
  Error write(ArrayRef<std::string> objects) {
    if (std::error_code code = sys::fs::createUniqueDirectory("qwenc-link", folder))
      return createStringError("no folder for temporary objects: " + code.message());
    for (auto [index, object] : enumerate(objects)) {
      SmallString<128> path(folder);
      sys::path::append(path, "object" + Twine(index) + ".o");
      if (Error error = writeFile(path, object))
        return error;
      paths.push_back(path.str().str());
    }
    return Error::success();
  }
  std::vector<std::string> paths;

private:
  SmallString<128> folder;
};

std::vector<std::string> linkerArguments(StringRef triple, StringRef output) {
  return {"ld.lld", "-m", Triple(triple).isAArch64() ? "aarch64linux" : "elf_x86_64", "-o",
          output.str()};
}

Error runLinker(ArrayRef<std::string> args) {
  std::vector<const char *> argv;
  for (const std::string &arg : args)
    argv.push_back(arg.c_str());
  std::string messages;
  raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(argv, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return createStringError("internal error: linking failed: " +
                             StringRef(messages).split('\n').first);
  return Error::success();
}

} // namespace

Error qwenc::linkExecutable(ArrayRef<std::string> objects, StringRef sysroot, StringRef triple,
                            StringRef output) {
  ObjectFolder folder;
  if (Error error = folder.write(objects))
    return error;
  std::vector<std::string> args = linkerArguments(triple, output);
  // Pages may be 64 KiB long on Arm.
  append_range(args, ArrayRef<std::string>{"-static", "--gc-sections", "--strip-all",
                                           "--build-id=none", "--icf=all", "--eh-frame-hdr", "-z",
                                           "noexecstack", "-z", "max-page-size=65536"});
  auto add = [&](std::initializer_list<StringRef> files) {
    for (StringRef file : files)
      args.push_back((sysroot + "/" + file).str());
  };
  add({"crt1.o", "crti.o", "crtbeginT.o"});
  append_range(args, folder.paths);
  add({"libqwen_runtime.a"});
  args.push_back("--start-group");
  add({"libstdc++.a", "libm.a", "libc.a", "libgcc.a", "libgcc_eh.a"});
  args.push_back("--end-group");
  add({"crtend.o", "crtn.o"});
  return runLinker(args);
}

Error qwenc::linkRelocatable(ArrayRef<std::string> objects, StringRef triple, StringRef output) {
  ObjectFolder folder;
  if (Error error = folder.write(objects))
    return error;
  std::vector<std::string> args = linkerArguments(triple, output);
  args.push_back("-r");
  append_range(args, folder.paths);
  return runLinker(args);
}

Expected<std::string> qwenc::findSysroot(StringRef programPath, StringRef triple) {
  SmallString<128> path(sys::path::parent_path(sys::path::parent_path(programPath)));
  sys::path::append(path, "share", "qwenc", "sysroot", triple);
  SmallString<128> runtime(path);
  sys::path::append(runtime, "libqwen_runtime.a");
  if (!sys::fs::exists(runtime))
    return createStringError(
        runtime + " is missing: this qwenc was not installed with support for " + triple);
  return path.str().str();
}
