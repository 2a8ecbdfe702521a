//===- tests/kernels/halide/EmitCheckedKernels.cpp - kernels for checks ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qwen-emit-checked-kernels CLASS FOLDER
//   writes FOLDER/kernels.o.rsp (names of the objects), the objects, and
//   FOLDER/table.cpp, the table of their addresses.
//===----------------------------------------------------------------------===//
#include "codegen/halide/HalideKernel.h"
#include "tests/kernels/halide/KernelChecks.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

namespace {

void writeFile(const Twine &path, StringRef text) {
  std::error_code error;
  raw_fd_ostream stream(path.str(), error);
  if (error)
    report_fatal_error(Twine("cannot write ") + path);
  stream << text;
}

} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  if (argc != 3) {
    errs() << "usage: " << argv[0] << " CLASS FOLDER\n";
    return 2;
  }
  HalideTargetSpec target;
  target.kernelClass = argv[1];
  if (StringRef(argv[1]).starts_with("neon"))
    target.arch = HalideTargetSpec::Arch::AArch64;
  StringRef folder = argv[2];

  std::vector<HalideKernelSpec> specs = test::checkedKernels();
  Expected<std::vector<std::string>> objects = compileHalideKernels(specs, target);
  if (!objects) {
    errs() << toString(objects.takeError()) << "\n";
    return 1;
  }
  (void)sys::fs::create_directories(folder);
  std::string names, declarations, entries;
  for (size_t i = 0; i < specs.size(); ++i) {
    std::string file = (folder + "/" + specs[i].symbol + ".o").str();
    writeFile(file, (*objects)[i]);
    names += file + "\n";
    declarations += "extern \"C\" void " + specs[i].symbol + "();\n";
    entries += "  {\"" + specs[i].symbol + "\", " + specs[i].symbol + "},\n";
  }
  writeFile(folder + "/kernels.rsp", names);
  writeFile(folder + "/table.cpp",
            "#include \"tests/kernels/halide/KernelChecks.h\"\n" + declarations +
                "extern \"C\" const qwenc::test::KernelEntry checkedKernelTable[] = {\n" + entries +
                "  {nullptr, nullptr}};\n");
  return 0;
}
