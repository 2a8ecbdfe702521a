//===- tools/qwenc/OutputForms.cpp - what --emit writes -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/OutputForms.h"

#include "codegen/link/LldLinker.h"
#include "tools/qwenc/AnnotateAssembly.h"
#include "tools/qwenc/OutputFile.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;

static std::string outputPath(const Options &options, const Job &job, StringRef extension) {
  std::string path = options.output;
  if (path.empty())
    path = (sys::path::stem(options.model) + extension).str();
  if (!job.isOnly && path != "-") {
    StringRef given = sys::path::extension(path);
    path = (StringRef(path).drop_back(given.size()) + "." + job.label + given).str();
  }
  return path;
}

static Error writeText(const Options &options, const Job &job, StringRef text,
                       StringRef extension) {
  std::string path = outputPath(options, job, extension);
  if (path == "-") {
    outs() << text;
    return Error::success();
  }
  auto file = OutputFile::create(path, options.force);
  if (!file)
    return file.takeError();
  if (Error error = file->write(text))
    return error;
  return file->keep();
}

Error qwenc::writeModule(const Options &options, const Job &job, mlir::ModuleOp module,
                         const IRDumper &dumper) {
  return writeText(options, job, dumper.text(module), ".mlir");
}

Error qwenc::writeCode(const Options &options, const Job &job, const KernelSet &set,
                       const IRDumper &dumper) {
  StringRef triple = job.target.getTriple();
  if (options.emit == EmitKind::Object) {
    auto file = OutputFile::create(outputPath(options, job, ".o"), options.force);
    if (!file)
      return file.takeError();
    if (Error error = linkRelocatable(set.files, triple, file->temporary()))
      return error;
    return file->keep();
  }
  bool isAssembly = options.emit == EmitKind::Assembly;
  StringRef comment = !isAssembly ? ";" : Triple(triple).isX86() ? "#" : "//";
  std::string text = dumper.headerOf(isAssembly ? "asm" : "llvm").format(comment);
  text += isAssembly ? annotateAssembly(set) : set.files.front();
  return writeText(options, job, text, isAssembly ? ".s" : ".ll");
}
