//===- tools/qwenc/Explain.h - --explain -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_EXPLAIN_H
#define QWENC_TOOLS_QWENC_EXPLAIN_H

#include "codegen/CompileKernelSet.h"
#include "frontend/Model.h"

namespace qwenc {

/// Follows one tensor of the file through a compilation.
class Explanation {
public:
  /// Fails, with the nearest names, if the model has no such tensor.
  static llvm::Expected<Explanation> create(const Model &model, llvm::StringRef tensor);

  /// Adds the operations that read the tensor in a module of the level.
  void addLevel(llvm::StringRef level, mlir::ModuleOp module);
  /// Adds where its packed form lies in the executable.
  void addPacked(mlir::ModuleOp scheduled);
  /// Adds the functions that read it, from assembly of the lowered module.
  void addCode(const KernelSet &assembly);

  const std::string &text() const { return out; }

private:
  Explanation(const TensorInfo &tensor) : tensor(tensor) {}
  void line(llvm::StringRef label, const llvm::Twine &content);

  const TensorInfo &tensor;
  std::string out;
  /// Names of the operations, as describeOperations gives them.
  std::vector<std::string> operations;
};

} // namespace qwenc
#endif
