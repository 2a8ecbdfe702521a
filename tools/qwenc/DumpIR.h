//===- tools/qwenc/DumpIR.h - the IR after each pass -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_DUMPIR_H
#define QWENC_TOOLS_QWENC_DUMPIR_H

#include "tools/qwenc/DumpHeader.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// Writes modules as text: numbered files `00-import.mlir`,
/// `01-qwen-fold-rope-pairs.mlir` ... of --dump-ir, the file of --save-repro, and
/// what --emit prints. It counts the passes, so that each text says where in the
/// pipelines it stands.
class IRDumper {
public:
  struct Settings {
    std::string directory; ///< of --dump-ir; empty: no files
    /// Passes to write files after (`import` counts as one); empty: all.
    std::vector<std::string> filter;
    std::string reproducer; ///< of --save-repro: the module before what runs next
    /// `command` goes up to the flags that tell forms and places of output.
    DumpHeader header;
  };

  /// Makes the folder.
  static llvm::Expected<IRDumper> create(Settings settings);

  /// The value of --emit that stops behind the passes to come: "mlir:fused" ...
  void setLevel(llvm::StringRef emit) { level = emit.str(); }
  /// The module comes from a dump: `passes` passes ran, the last was `name`.
  void resume(unsigned passes, llvm::StringRef name);
  /// Counts a pass and writes the module as it left it, if it is wanted.
  void dump(mlir::ModuleOp module, llvm::StringRef name);
  /// Dumps after each pass of `pm`. The dumper must outlive it.
  void attach(mlir::PassManager &pm);
  /// Writes the reproducer with the module as it is.
  void saveReproducer(mlir::ModuleOp module);

  /// The module as --emit prints it.
  std::string text(mlir::ModuleOp module) const;
  /// The header of another form of output, made by `--emit=<emit>`.
  DumpHeader headerOf(llvm::StringRef emit) const;

private:
  explicit IRDumper(Settings settings) : settings(std::move(settings)) {}
  void write(const std::string &path, const DumpHeader &header, mlir::ModuleOp module);

  Settings settings;
  std::string level = "mlir:graph", last;
  unsigned count = 0;
};

} // namespace qwenc
#endif
