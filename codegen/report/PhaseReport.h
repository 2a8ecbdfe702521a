//===- codegen/report/PhaseReport.h - a step, operation by operation -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_REPORT_PHASEREPORT_H
#define QWENC_CODEGEN_REPORT_PHASEREPORT_H

#include "codegen/report/KernelModels.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace qwenc {

/// Bytes of one layer's cache for each position.
int64_t kvBytesPerPosition(ir::KVType kv);

/// Adds up seconds, shares and predictions of a phase whose operations have
/// their work.
void finishPhase(ReportPhase &phase, const Machine &machine, unsigned cores);

/// Finds the work of a step function's operations.
class PhaseReporter {
public:
  PhaseReporter(mlir::ModuleOp module, KernelModels &kernels, const Machine &machine,
                unsigned cores);

  /// One step of `tokens` tokens after `position` others, of which only the last
  /// one's logits are wanted.
  ReportPhase report(mlir::func::FuncOp step, unsigned tokens, unsigned position);

private:
  uint64_t unitsOf(mlir::Operation *op, unsigned tokens);
  ReportOperation describe(mlir::Operation *op, const ReportPhase &phase, unsigned tokens);
  void addMatmuls(ReportOperation &entry, mlir::Operation *op, const ReportPhase &phase,
                  unsigned tokens);
  void addAttention(ReportOperation &entry, ir::KVType kv, const ReportPhase &phase,
                    uint64_t tokens);

  ir::ModelAttr model;
  KernelModels &kernels;
  Machine machine;
  unsigned cores;
};

} // namespace qwenc
#endif
