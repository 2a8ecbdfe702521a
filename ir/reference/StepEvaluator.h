//===- ir/reference/StepEvaluator.h - one step of the interpreter ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks a step function from top to bottom, keeps the value of each SSA name and
// calls the functions of EvalLayerOps. Private to ir/reference.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_REFERENCE_STEPEVALUATOR_H
#define QWENC_IR_REFERENCE_STEPEVALUATOR_H

#include "ir/reference/Interpreter.h"

namespace qwenc::ir::reference {

class StepEvaluator {
public:
  StepEvaluator(Interpreter &session, llvm::ArrayRef<int32_t> tokens, int64_t logitBegin)
      : session(session), tokens(tokens), logitBegin(logitBegin) {}

  llvm::Expected<Tensor> runFunction(mlir::FunctionOpInterface function);

private:
  /// Runs a block up to its terminator and returns the terminator's first operand.
  llvm::Expected<Tensor> runBlock(mlir::Block &block);
  llvm::Error evaluate(mlir::Operation &op);

  llvm::Error eval(EmbedOp op);
  llvm::Error eval(RMSNormOp op);
  llvm::Error eval(HeadNormOp op);
  llvm::Error eval(MatmulOp op);
  llvm::Error eval(AddBiasOp op);
  llvm::Error eval(RopeOp op);
  llvm::Error eval(KVStoreOp op);
  llvm::Error eval(AttentionOp op);
  llvm::Error eval(SwiGLUOp op);
  llvm::Error eval(AddOp op);
  llvm::Error eval(TopExpertsOp op);
  llvm::Error eval(ExpertMatmulOp op);
  llvm::Error eval(ExpertSumOp op);
  llvm::Error eval(SigmoidGateOp op);
  llvm::Error eval(LogitRowsOp op);
  llvm::Error eval(LayersOp op);
  llvm::Error eval(QuantizeOp op);
  llvm::Error eval(NormQuantizeOp op);
  llvm::Error eval(LinearOp op);
  llvm::Error eval(QKVProjectOp op);
  llvm::Error eval(GateUpOp op);
  llvm::Error eval(ExpertGateUpOp op);
  llvm::Error eval(ExpertDownOp op);

  /// Binds the name of a result (and shows it to the probe).
  llvm::Error set(mlir::Value name, Tensor value);
  /// Appends to the layer's cache, rounded as its type says.
  void store(KVType kv, Tensor keys, Tensor values);
  /// The value of a name; every use of it may be the last, so it is copied.
  Tensor get(mlir::Value name) const { return tensors.at(name); }

  llvm::Expected<TensorOp> bindWeight(mlir::Operation &op);
  llvm::Expected<std::vector<float>> vectorOf(mlir::Value weight);
  llvm::Expected<Tensor> project(const Tensor &input, mlir::Value weight);
  llvm::Expected<Tensor> projectExperts(mlir::Value input, mlir::Value routes, bool parts,
                                        mlir::Value weight);
  /// What follows the projection of Q or K in one fused operation.
  llvm::Error finishHeads(Tensor &x, mlir::Value bias, mlir::Value norm, QKVProjectOp op,
                          bool rotates);
  void applyRope(Tensor &x, int64_t headDim, RopeMode mode);
  /// Rounds as `type` does, if it is !qwen.q8.
  void quantize(Tensor &x, mlir::Type type) const;
  llvm::Error normalize(Tensor &x, mlir::Value weight, double eps);

  Interpreter &session;
  llvm::ArrayRef<int32_t> tokens;
  int64_t logitBegin;
  int64_t layer = -1;
  llvm::DenseMap<mlir::Value, Tensor> tensors;
  llvm::DenseMap<mlir::Value, TensorOp> weights;
};

} // namespace qwenc::ir::reference
#endif
