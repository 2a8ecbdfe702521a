//===- tools/qwenc/DumpIR.h - the IR after each pass -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_DUMPIR_H
#define QWENC_TOOLS_QWENC_DUMPIR_H

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// The text of a module as qwenc writes it: a first line that says so, values
/// named after the tensors they come from.
std::string printModule(mlir::ModuleOp module);

/// Numbered files `00-import.mlir`, `01-qwen-fuse-dequant-matmul.mlir` ...
class IRDumper {
public:
  /// Makes the folder. An empty name dumps nothing.
  static llvm::Expected<IRDumper> create(llvm::StringRef directory);
  /// Writes the module as it is now.
  void dump(mlir::ModuleOp module, llvm::StringRef name);
  /// Dumps after each pass of `pm`. The dumper must outlive it.
  void attach(mlir::PassManager &pm);

private:
  explicit IRDumper(llvm::StringRef directory) : directory(directory) {}
  std::string directory;
  unsigned count = 0;
};

} // namespace qwenc
#endif
