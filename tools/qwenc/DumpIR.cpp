//===- tools/qwenc/DumpIR.cpp - the IR after each pass ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/DumpIR.h"

#include "tools/qwenc/RecordedFlags.h"

#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

static std::string printModule(const DumpHeader &header, mlir::ModuleOp module) {
  std::string text = header.format("//");
  raw_string_ostream stream(text);
  mlir::OpPrintingFlags flags;
  flags.printNameLocAsPrefix();
  module.print(stream, flags);
  stream << "\n";
  return text;
}

Expected<IRDumper> IRDumper::create(Settings settings) {
  if (!settings.directory.empty())
    if (std::error_code code = sys::fs::create_directories(settings.directory))
      return createStringError("--dump-ir=" + settings.directory + ": " + code.message());
  return IRDumper(std::move(settings));
}

void IRDumper::resume(unsigned passes, StringRef name) {
  count = passes + 1; // the import is number 0
  last = formatv("{0,0+2}-{1}", passes, name);
}

DumpHeader IRDumper::headerOf(StringRef emit) const {
  DumpHeader header = settings.header;
  header.command += (" --emit=" + emit + " -o -").str();
  return header;
}

std::string IRDumper::text(mlir::ModuleOp module) const {
  DumpHeader header = headerOf(level);
  header.after = last;
  return printModule(header, module);
}

void IRDumper::write(const std::string &path, const DumpHeader &header, mlir::ModuleOp module) {
  std::error_code code;
  raw_fd_ostream file(path, code);
  if (code)
    errs() << "qwenc: warning: " << path << ": " << code.message() << "\n";
  else
    file << printModule(header, module);
}

void IRDumper::dump(mlir::ModuleOp module, StringRef name) {
  last = formatv("{0,0+2}-{1}", count++, name);
  if (settings.directory.empty() ||
      (!settings.filter.empty() && !is_contained(settings.filter, name)))
    return;
  DumpHeader header = settings.header;
  header.command += (" --emit=" + level + " --dump-ir=" + quoteForShell(settings.directory) +
                     " --dump-ir-filter=" + name + " -o -")
                        .str();
  header.after = last;
  write(settings.directory + "/" + last + ".mlir", header, module);
}

void IRDumper::saveReproducer(mlir::ModuleOp module) {
  if (settings.reproducer.empty())
    return;
  DumpHeader header = settings.header;
  header.command += " --save-repro=" + quoteForShell(settings.reproducer) + " -o OUT";
  header.after = last;
  write(settings.reproducer, header, module);
}

namespace {
struct DumpAfterPass : mlir::PassInstrumentation {
  explicit DumpAfterPass(IRDumper &dumper) : dumper(dumper) {}
  void runBeforePass(mlir::Pass *, mlir::Operation *op) override {
    if (auto module = dyn_cast<mlir::ModuleOp>(op))
      dumper.saveReproducer(module);
  }
  void runAfterPass(mlir::Pass *pass, mlir::Operation *op) override {
    if (auto module = dyn_cast<mlir::ModuleOp>(op))
      dumper.dump(module, pass->getArgument());
  }
  IRDumper &dumper;
};
} // namespace

void IRDumper::attach(mlir::PassManager &pm) {
  pm.addInstrumentation(std::make_unique<DumpAfterPass>(*this));
}
