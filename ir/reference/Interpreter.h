//===- ir/reference/Interpreter.h - runs a module in fp32 -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The oracle of tests: executes the step functions of a `qwen` module, operation
// by operation, at graph, fused or scheduled level. Slow and plain. Weights are
// read row by row from wherever the caller has them, so memory stays flat.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_REFERENCE_INTERPRETER_H
#define QWENC_IR_REFERENCE_INTERPRETER_H

#include "ir/QwenDialect.h"
#include "ir/reference/EvalLayerOps.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

#include <functional>

namespace qwenc::ir::reference {

/// Decodes row `row` of a tensor of the model file into `out`, which is as long
/// as a row. A vector (norm, bias) is its row 0. Many threads call it.
using WeightReader =
    std::function<llvm::Error(TensorOp tensor, int64_t row, llvm::MutableArrayRef<float> out)>;

/// Sees every activation as it is made. `layer` is -1 outside of the layers.
using Probe = std::function<void(mlir::Operation *op, int64_t layer, const Tensor &value)>;

struct InterpreterOptions {
  /// Round keys and values as the compiled program's cache does: to the format
  /// that the type of the cache names.
  bool roundCache = true;
  /// Take quantised activations for what their int8 form stands for. Without, they
  /// are what was quantised, so that passes may only reorder sums.
  bool quantizeActivations = true;
  Probe probe;
  /// Sees, and may replace, the residual stream that a layer takes in.
  std::function<void(int64_t layer, Tensor &stream)> enterLayer;
  /// Of matrix products; 0: one a CPU. They change no result.
  unsigned threads = 0;
};

/// One sequence of tokens going through a model. Not thread-safe. The module must
/// outlive it and must not change while it is in use.
class Interpreter {
public:
  /// Fails if the module has no `qwen.model`.
  static llvm::Expected<Interpreter> create(mlir::ModuleOp module, WeightReader reader,
                                            InterpreterOptions options = {});

  /// Runs `tokens` (at least one, each below the vocabulary's size) at the next
  /// positions through `function`, which takes them as its only tensor<?xi32>.
  /// Returns what it returns: logits [tokens.size() - logitBegin][vocabulary].
  /// An operation without a meaning here is an error that names it.
  llvm::Expected<Tensor> step(mlir::FunctionOpInterface function, llvm::ArrayRef<int32_t> tokens,
                              int64_t logitBegin = 0);

  /// Number of tokens that went through.
  int64_t position() const { return nextPosition; }

  /// Forgets them.
  void reset();

private:
  Interpreter(mlir::ModuleOp module, ModelAttr model, WeightReader reader,
              InterpreterOptions options);
  friend class StepEvaluator;

  mlir::ModuleOp module;
  ModelAttr model;
  mlir::SymbolTable symbols;
  WeightReader reader;
  InterpreterOptions options;
  std::vector<LayerCache> caches; // one a layer
  int64_t nextPosition = 0;
};

} // namespace qwenc::ir::reference
#endif
