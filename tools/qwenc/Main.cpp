//===- tools/qwenc/Main.cpp - the compiler driver --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Compile.h"
#include "tools/qwenc/DiffReport.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

static int anchor;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  qwenc::Options options = qwenc::parseOptions(argc, argv);
  std::string program = llvm::sys::fs::getMainExecutable(argv[0], &anchor);
  int status = 0;
  llvm::Error result = options.diffReport.empty()
                           ? qwenc::compile(options, program)
                           : qwenc::diffReports(options.diffReport, options.model, llvm::outs());
  llvm::handleAllErrors(std::move(result), [&](const llvm::ErrorInfoBase &error) {
    std::string message = error.message();
    status = error.isA<qwenc::UsageError>()                     ? 2
             : llvm::StringRef(message).starts_with("internal") ? 70
                                                                : 1;
    llvm::errs() << "qwenc: error: " << message << "\n";
  });
  return status;
}
