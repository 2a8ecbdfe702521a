//===- tools/qwenc/DumpIR.cpp - the IR after each pass ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/DumpIR.h"

#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

std::string qwenc::printModule(mlir::ModuleOp module) {
  std::string text = "// written by qwenc " QWENC_VERSION "\n";
  raw_string_ostream stream(text);
  mlir::OpPrintingFlags flags;
  flags.printNameLocAsPrefix();
  module.print(stream, flags);
  stream << "\n";
  return text;
}

Expected<IRDumper> IRDumper::create(StringRef directory) {
  if (!directory.empty())
    if (std::error_code code = sys::fs::create_directories(directory))
      return createStringError("--dump-ir=" + directory + ": " + code.message());
  return IRDumper(directory);
}

void IRDumper::dump(mlir::ModuleOp module, StringRef name) {
  if (directory.empty())
    return;
  std::string path = formatv("{0}/{1,0+2}-{2}.mlir", directory, count++, name);
  std::error_code code;
  raw_fd_ostream file(path, code);
  if (code)
    errs() << "qwenc: warning: " << path << ": " << code.message() << "\n";
  else
    file << printModule(module);
}

namespace {
struct DumpAfterPass : mlir::PassInstrumentation {
  explicit DumpAfterPass(IRDumper &dumper) : dumper(dumper) {}
  void runAfterPass(mlir::Pass *pass, mlir::Operation *op) override {
    if (auto module = dyn_cast<mlir::ModuleOp>(op))
      dumper.dump(module, pass->getArgument());
  }
  IRDumper &dumper;
};
} // namespace

void IRDumper::attach(mlir::PassManager &pm) {
  if (!directory.empty())
    pm.addInstrumentation(std::make_unique<DumpAfterPass>(*this));
}
