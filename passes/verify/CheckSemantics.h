//===- passes/verify/CheckSemantics.h - do passes keep what a model means --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference interpreter runs a few random tokens through the module before
// and after each pass. Two results are compared:
//
//   exact         activations and cache unrounded: a pass may only reorder sums.
//                 Largest difference of a logit <= `exact` x the largest logit.
//   as executed   activations in int8, the cache in its format: a pass that
//                 quantises changes the result, by little.
//                 Mean KL divergence <= `executed`.
//
// Threads, barriers and places in the arena mean nothing to the interpreter, and
// what they do wrong it does not see.
//===----------------------------------------------------------------------===//
#ifndef QWENC_PASSES_VERIFY_CHECKSEMANTICS_H
#define QWENC_PASSES_VERIFY_CHECKSEMANTICS_H

#include "ir/reference/Interpreter.h"
#include "mlir/Pass/PassManager.h"

namespace qwenc {

struct SemanticsTolerance {
  double exact = 2e-4;
  double executed = 0.01;
};

class SemanticsCheck {
public:
  explicit SemanticsCheck(ir::reference::WeightReader reader, SemanticsTolerance tolerance = {})
      : reader(std::move(reader)), tolerance(tolerance) {}

  /// Takes the module's results as those to compare with, or compares with those
  /// of the call before. The error names `pass` and what it changed.
  llvm::Error compare(mlir::ModuleOp module, llvm::StringRef pass);
  /// Compares after each pass that leaves a module of the dialect. The object must
  /// outlive `pm`.
  void attach(mlir::PassManager &pm);
  /// What was found while a pass manager ran, once.
  llvm::Error takeFailure();
  /// Comparisons made.
  unsigned compared() const { return comparisons; }

private:
  struct Results {
    ir::reference::Tensor exact, executed;
  };
  llvm::Expected<Results> interpret(mlir::ModuleOp module) const;
  llvm::Expected<ir::reference::Tensor> run(mlir::ModuleOp module, bool rounded) const;

  ir::reference::WeightReader reader;
  SemanticsTolerance tolerance;
  std::optional<Results> before;
  std::string failure;
  unsigned comparisons = 0;
};

/// Mean over rows of the divergence of softmax(other) from softmax(expected), in
/// nats.
double meanKL(const ir::reference::Tensor &expected, const ir::reference::Tensor &other);

} // namespace qwenc
#endif
